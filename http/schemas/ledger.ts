// Owns the schema of ledger accounts as the API answers them.
import { z } from 'zod';
import { currency, minorUnits } from './fields.ts';

const accountBalance = z
  .object({
    account: z.string().meta({ example: 'receivable' }),
    currency,
    balance: minorUnits.meta({ description: 'Debits minus credits, in minor units.' }),
    postings: z.string().meta({ description: 'How many there are.', example: '150' }),
  })
  .meta({ id: 'AccountBalance' });

export const accountBalances = z.object({ data: z.array(accountBalance) }).meta({ id: 'AccountBalances' });
