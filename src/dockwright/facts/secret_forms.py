"""The forms that fresh secrets need, by what a comment tells, by what stands there now, and by how they are called.

Sources: the specifications of Fernet and of JSON Web Algorithms (RFC 7518, 3.2: a key at least as long as the hash),
Django's check security.W009 (50 characters), the documentation of the images and programs that are named.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from dockwright.facts.secret_settings import sets_a_secret


class Form(Struct, frozen=True):
    """How a secret is written: `kind` is `text` (letters and digits), `hex`, `base64`, `fernet` or `uuid`.

    `size` is how many characters a text has, and how many bytes are behind any other.
    """

    kind: str
    size: int


PASSWORD = Form("text", 32)
"""Letters and digits alone: URLs, shells, Compose and every configuration file take them as they are. 190 bits."""

SIGNING_KEY = Form("text", 64)
"""Long enough for HS512 and for Django."""

FERNET_KEY = Form("fernet", 32)
"""32 bytes in URL-safe base64 with its padding."""

# What a comment tells the reader to run, and the form that comes out of it.
_TOLD: tuple[tuple[re.Pattern[str], Callable[[int], Form]], ...] = tuple(
    (re.compile(pattern), made)
    for pattern, made in (
        (r"openssl rand -hex (\d+)", lambda size: Form("hex", size)),
        (r"token_hex\((?:nbytes=)?(\d*)\)", lambda size: Form("hex", size)),
        (r"openssl rand -base64 (\d+)", lambda size: Form("base64", size)),
        (r"token_urlsafe\((?:nbytes=)?(\d*)\)", lambda size: Form("text", max(32, (size * 4 + 2) // 3))),
        (r"Fernet\.generate_key()", lambda size: FERNET_KEY),
        (r"(?:uuidgen|uuid4)()", lambda size: Form("uuid", 16)),
        (r"(?i)get_random_secret_key()", lambda size: SIGNING_KEY),
    )
)
_USUAL_BYTES = 32

_HEX = re.compile(r"[0-9a-f]{32,}")
_FERNET = re.compile(r"[A-Za-z0-9_-]{43}=")
_BASE64 = re.compile(r"(?=.*[+/=])(?:[A-Za-z0-9+/]{4}){6,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# What somebody else gives out, or what has a counterpart elsewhere: a made-up value opens nothing.
_FROM_ELSEWHERE = re.compile(
    r"(?i)(?:^|_)(?:ADYEN|AIRTABLE|ALGOLIA|ALIPAY|AMPLITUDE|ANTHROPIC|APPLE|ASANA|ATLASSIAN|AUTH0|AWS|AZURE|BACKBLAZE|"
    r"BITBUCKET|BOT|BRAINTREE|CLERK|CLOUDFLARE|CLOUDINARY|COGNITO|COHERE|DATADOG|DD|DEEPL|DIGITALOCEAN|DISCORD|"
    r"DOCKERHUB|DROPBOX|EMAIL|FACEBOOK|FCM|FIREBASE|GCP|GCS|GEMINI|GH|GITHUB|GITLAB|GOOGLE|GROQ|HCAPTCHA|HEROKU|HF|"
    r"HUBSPOT|HUGGINGFACE|HUGGING|INFURA|INTERCOM|KAGGLE|LANGCHAIN|LANGFUSE|LANGSMITH|LDAP|LINEAR|LINKEDIN|"
    r"MAIL|MAILCHIMP|MAILGUN|MAILJET|MANDRILL|MAPBOX|MICROSOFT|MISTRAL|MIXPANEL|MSAL|NEW_RELIC|NEWRELIC|NOTION|NPM|"
    r"OAUTH|OAUTH2|OIDC|OKTA|ONESIGNAL|OPENAI|OPENROUTER|OPENWEATHER|PAGERDUTY|PAYPAL|PINECONE|PLAID|POSTHOG|POSTMARK|"
    r"PUSHER|RAZORPAY|RECAPTCHA|REDDIT|REPLICATE|RESEND|S3|SALESFORCE|SAML|SEGMENT|SENDGRID|SENTRY|SES|SHOPIFY|SLACK|"
    r"SMS|SMTP|SNOWFLAKE|SPOTIFY|SQUARE|STRIPE|SUPABASE|TAVILY|TELEGRAM|TURNSTILE|TWILIO|TWITCH|TWITTER|VAULT|VAPID|"
    r"VONAGE|WANDB|WEBHOOK|WECHAT|WHATSAPP|XERO|ZENDESK|ZOOM)(?:_|$)"
    r"|(?:CLIENT|CONSUMER)_SECRET|API_?(?:KEY|SECRET|TOKEN|HASH)|ACCESS_(?:KEY|TOKEN)|REFRESH_TOKEN|BEARER|"
    r"PRIVATE_?KEY|PUBLIC_?KEY|SSH|LICEN[CS]E|CREDENTIALS?|DSN|(?:^|_)(?:CERT|CERTIFICATE|PEM|P12|PFX)(?:_|$)"
)
_MADE_UP = re.compile(
    r"(?i)MINIO|PASSWORD|PASSWD|PASSPHRASE|(?:^|_)(?:PASS|PWD|PSW)(?:_|$)|SECRET|SALT|PEPPER|FERNET|ENCRYPT|CRYPTO|"
    r"(?:SIGNING|JWT|MASTER|SESSION|COOKIE|HASH|CSRF|AUTH)_?KEY|^(?:APP|APPLICATION)_?KEY$|^KEY$|ERLANG_COOKIE|"
    r"(?:ADMIN|INTERNAL|METRICS|JWT|ROOT|SETUP|INITIAL)_?TOKEN"
)
# Whatever it is the password of: `REDIS_CACHE_PASSWORD`, `SENTRY_AUTH_TOKEN`.
_HOLDS = re.compile(r"(?i)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|SECRET_KEY|API_KEY|AUTH_TOKEN|ERLANG_COOKIE)$")
_SWITCH = re.compile(r"(?i)(?:^|_)(?:ALLOW|EMPTY|RANDOM|REQUIRE|ENABLE|DISABLE|USE)(?:_|$)")
_ENCRYPTING = re.compile(r"(?i)FERNET|ENCRYPT|CRYPTO_?KEY|(?:^|_)(?:DATA|FIELD|VAULT)_KEY(?:_|$)")
_SIGNING = re.compile(
    r"(?i)SECRET_?KEY|JWT|SIGNING|SESSION|COOKIE|CSRF|NEXTAUTH|(?:AUTH|APP|DJANGO|FLASK|SUPERTOKENS)_?SECRET|^SECRET$|"
    r"TOKEN_SECRET|HASH_?KEY|APP(?:LICATION)?_?KEY"
)
_OF_LENGTH: tuple[tuple[re.Pattern[str], Form], ...] = (
    (re.compile(r"(?i)OAUTH2_PROXY_COOKIE_SECRET"), Form("text", 32)),  # oauth2-proxy: 16, 24 or 32 bytes
    (re.compile(r"(?i)N8N_ENCRYPTION_KEY|SUPERSET_.*|.*MINIO_.*"), Form("text", 32)),  # MinIO: at most 40
)


def form(name: str, value: str = "", comment: str = "") -> Form | None:
    """The form of a fresh value for a secret; None for one that cannot be made up, since somebody else gives it out.

    `value` is what stands there now, or stands for it, and `comment` what is written beside it.
    """
    for pattern, made in _TOLD:
        told = pattern.search(comment)
        if told is not None:
            size = int(told[1][:3]) if told[1] else _USUAL_BYTES
            return made(min(max(size, 16), 512))
    if not is_made_up(name):
        return None
    for named, fixed in _OF_LENGTH:
        if named.fullmatch(name):
            return fixed
    if _UUID.fullmatch(value):
        return Form("uuid", 16)
    if _FERNET.fullmatch(value) or _ENCRYPTING.search(name):
        return Form("hex", len(value) // 2) if _HEX.fullmatch(value) else FERNET_KEY
    if _HEX.fullmatch(value):
        return Form("hex", min(len(value) // 2, 64))
    if _BASE64.fullmatch(value):
        return Form("base64", min(len(value) * 3 // 4, 96))
    return SIGNING_KEY if _SIGNING.search(name) and not _is_password(name) else PASSWORD


def is_made_up(name: str) -> bool:
    """Whether a secret of this name is one that a project makes for itself: a password, a key that signs."""
    if re.search(r"(?i)MINIO|OAUTH2_PROXY_COOKIE", name):
        return True
    return _FROM_ELSEWHERE.search(name) is None and _MADE_UP.search(name) is not None


def is_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret; the password of a URL is for `holds_credentials`."""
    return (sets_a_secret(name) or _HOLDS.search(name) is not None) and _SWITCH.search(name) is None


def encrypts(name: str) -> bool:
    """Whether a key of this name encrypts what is stored: whoever loses it loses the data."""
    return _ENCRYPTING.search(name) is not None and not _is_password(name)


def signs(name: str) -> bool:
    """Whether a key of this name signs sessions and tokens, which end with it."""
    return _SIGNING.search(name) is not None and not _is_password(name) and not encrypts(name)


def _is_password(name: str) -> bool:
    return re.search(r"(?i)PASSW|(?:^|_)PASS(?:_|$)", name) is not None
