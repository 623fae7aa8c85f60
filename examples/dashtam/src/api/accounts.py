"""The accounts of the user who is logged in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, HTTPException, status
from sqlalchemy import select

from src.api.dependencies import DatabaseDep, UserDep
from src.models import Account
from src.schemas import AccountCreate, AccountRead, AccountUpdate

router = APIRouter(prefix="/accounts", tags=["accounts"])


@router.get("", response_model=list[AccountRead])
async def list_accounts(database: DatabaseDep, user: UserDep) -> Sequence[Account]:
    query = select(Account).where(Account.owner == user.subject).order_by(Account.created_at)
    return (await database.scalars(query)).all()


@router.post("", response_model=AccountRead, status_code=status.HTTP_201_CREATED)
async def create_account(body: AccountCreate, database: DatabaseDep, user: UserDep) -> Account:
    account = Account(owner=user.subject, **body.model_dump())
    database.add(account)
    await database.flush()
    return account


@router.get("/{account_id}", response_model=AccountRead)
async def read_account(account_id: UUID, database: DatabaseDep, user: UserDep) -> Account:
    account = await database.get(Account, account_id)
    if account is None or account.owner != user.subject:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No such account")
    return account


@router.patch("/{account_id}", response_model=AccountRead)
async def update_account(account_id: UUID, body: AccountUpdate, database: DatabaseDep, user: UserDep) -> Account:
    account = await read_account(account_id, database, user)
    for field, value in body.model_dump(exclude_none=True).items():
        setattr(account, field, value)
    return account


@router.delete("/{account_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_account(account_id: UUID, database: DatabaseDep, user: UserDep) -> None:
    await database.delete(await read_account(account_id, database, user))
