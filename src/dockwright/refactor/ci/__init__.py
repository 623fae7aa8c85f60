"""The step `ci`: what installs, caches, watches or calls outside of images follows the new layout."""
