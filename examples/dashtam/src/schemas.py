"""What the API takes and gives."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


class AccountCreate(BaseModel):
    name: Name
    institution: Name | None = None
    currency: Currency = "USD"
    balance: Amount = Decimal("0.00")


class AccountUpdate(BaseModel):
    name: Name | None = None
    balance: Amount | None = None


class AccountRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    institution: str | None
    currency: str
    balance: Decimal
    created_at: datetime
