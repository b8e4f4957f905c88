import * as z from 'zod';
import { AccountId, UserId } from '../../ids.ts';
import {
  AccountView,
  LedgerPage,
  ListLedgerQuery,
  OpenAccountBody,
  TransferFundsBody,
  TransferView,
} from '../accounts.ts';
import {
  createdHeaders,
  idempotencyHeader,
  replayedHeaders,
  requiredIdempotencyHeader,
  versionHeaders,
} from './headers.ts';
import type { Operation } from './operation.ts';

const userPath = z.object({ userId: UserId });
const accountPath = z.object({ userId: UserId, accountId: AccountId });

export const accountOperations = [
  {
    id: 'openAccount',
    method: 'POST',
    path: '/users/{userId}/accounts',
    summary: 'Opens an account; an opening balance is for staff and operators to give',
    access: 'own-path',
    parameters: { path: userPath, header: idempotencyHeader },
    body: OpenAccountBody,
    example: { accountId: 'ada-main', currency: 'EUR' },
    success: { status: 201, description: 'The new account', body: AccountView, headers: createdHeaders },
    refusals: [400, 404, 409, 415, 422],
  },
  {
    id: 'getAccount',
    method: 'GET',
    path: '/users/{userId}/accounts/{accountId}',
    summary: 'Reads an account with its balance',
    access: 'own-path',
    parameters: { path: accountPath },
    success: { status: 200, description: 'The account', body: AccountView, headers: versionHeaders },
    refusals: [400, 404],
  },
  {
    id: 'transferFunds',
    method: 'POST',
    path: '/users/{userId}/accounts/{accountId}/transfers',
    summary: 'Transfers funds from the account to another one of the same currency, once a key',
    access: 'own-path',
    parameters: { path: accountPath, header: requiredIdempotencyHeader },
    body: TransferFundsBody,
    example: { to: 'grace-main', amount: 1_250 },
    success: {
      status: 200,
      description: 'The transfer, with the balance that it left on the account',
      body: TransferView,
      headers: replayedHeaders,
    },
    refusals: [400, 404, 409, 415, 422],
  },
  {
    id: 'listLedger',
    method: 'GET',
    path: '/users/{userId}/accounts/{accountId}/ledger',
    summary: "Lists an account's ledger entries, the newest first",
    access: 'own-path',
    parameters: { path: accountPath, query: ListLedgerQuery },
    success: { status: 200, description: 'A page of the ledger', body: LedgerPage },
    refusals: [400, 404],
  },
] as const satisfies readonly Operation[];
