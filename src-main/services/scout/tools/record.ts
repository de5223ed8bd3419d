import { z } from 'zod';
import { payment, requestMode, requestType, substitutionReason, suggestion } from '#shared/contract/schemas.ts';
import { fail, ok } from '#shared/result.ts';
import { addNote } from '#main/shop/notes.ts';
import { recordSale, voidSale } from '#main/shop/sales.ts';
import { toolError, type ToolError } from '../../base/tool-error.ts';
import type { Result } from '#shared/result.ts';
import { ownStore } from '../ask.ts';
import { type Context, kit } from '../deps.ts';
import { centavos } from '../fields.ts';
import { findCustomer, findProduct } from '../find.ts';
import { manilaTime } from '../periods.ts';

const key = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .describe('A name for this attempt: repeated with the same key it is done once.');

export const recordTransaction = kit.defineTool({
  name: 'record_transaction',
  title: 'Record a sale',
  description:
    'Records a sale at this counter, at the prices of the catalogue: stock goes down, a credit sale is charged to the customer. Use it only for a sale that really happened. Answers the receipt number and the total.',
  hints: { destructive: false, idempotent: false, openWorld: false },
  access: 'write',
  input: z.object({
    items: z
      .array(
        z.strictObject({
          product: z.string().min(1).max(120).describe('Id, sku or name.'),
          qty: z.number().positive().max(1_000_000).multipleOf(0.001).describe('Units, up to three decimals.'),
          instead_of: z
            .string()
            .min(1)
            .max(120)
            .optional()
            .describe('The product that was asked for, if this is a substitute.'),
          reason: substitutionReason.optional().describe('Why it was substituted.'),
        }),
      )
      .min(1)
      .max(100)
      .describe('The lines of the sale.'),
    payment: payment.default('cash').describe('How it was paid; credit needs a customer.'),
    customer: z.string().min(1).max(120).optional().describe('Id, phone or name of the customer.'),
    request_mode: requestMode.optional().describe('How the customer asked.'),
    request_type: requestType.optional().describe('Whether a brand was asked for.'),
    suggestion: suggestion.optional().describe('Whether something was suggested, and taken.'),
    idempotency_key: key,
  }),
  output: z.object({ id: z.string(), number: z.string(), total_centavos: centavos }),
  run: (args, context) => {
    const { store } = context.deps;
    const own = ownStore(context);
    if (!own.ok) return own;
    const customer =
      args.customer === undefined ? ok(null) : findCustomer(store.read, own.value.storeId, args.customer);
    if (!customer.ok) return customer;
    const items = [];
    for (const { product, qty, instead_of: insteadOf, reason } of args.items) {
      const found = findProduct(store.read, product);
      if (!found.ok) return found;
      const asked = insteadOf === undefined ? ok(null) : findProduct(store.read, insteadOf);
      if (!asked.ok) return asked;
      items.push({
        productId: found.value.id,
        qty: Math.round(qty * 1000),
        ...(asked.value === null ? {} : { substitutedFrom: asked.value.id }),
        ...(reason === undefined ? {} : { substitutionReason: reason }),
      });
    }
    const sale = recordSale(
      store,
      {
        items,
        payment: args.payment,
        customerId: customer.value?.id ?? null,
        requestMode: args.request_mode,
        requestType: args.request_type,
        suggestion: args.suggestion,
        key: args.idempotency_key,
      },
      context.actor,
    );
    return sale.ok ? ok({ id: sale.value.id, number: sale.value.number, total_centavos: sale.value.total }) : sale;
  },
});

type Sale = { id: string; number: string; total: number; at: number; voided: number | null };

/** A sale of this store by id or receipt number; the newest where a number is there twice. */
function findSale(context: Context, words: string): Result<Sale, ToolError> {
  const own = ownStore(context);
  const storeId = own.ok ? own.value.storeId : '';
  const sale = context.deps.store.read.get<Sale>(
    `SELECT id, number, total, started_at AS at, voided_at AS voided FROM transactions WHERE store_id = ? AND id = ?`,
    storeId,
    words.trim(),
  );
  const found =
    sale ??
    context.deps.store.read.get<Sale>(
      `SELECT id, number, total, started_at AS at, voided_at AS voided FROM transactions INDEXED BY transactions_number
       WHERE number = ? AND store_id = ? ORDER BY started_at DESC LIMIT 1`,
      words.trim(),
      storeId,
    );
  if (found) return ok(found);
  return fail(
    toolError(
      'not-found',
      `This store has no sale '${words.slice(0, 60)}'.`,
      'Give the receipt number as printed, such as 2-000123.',
    ),
  );
}

export const voidTransaction = kit.defineTool({
  name: 'void_transaction',
  title: 'Take a sale back',
  description:
    'Voids a sale of this store: it stays in the books with the reason, its stock returns and its charge is paid back. It cannot be undone. A person is asked first.',
  hints: { destructive: true, idempotent: false, openWorld: false },
  access: 'write',
  input: z.object({
    sale: z.string().min(1).max(60).describe('Receipt number, such as 2-000123, or id.'),
    reason: z.string().trim().min(1).max(200).describe('Why, in a few words.'),
  }),
  output: z.object({ id: z.string(), number: z.string(), total_centavos: centavos }),
  confirm: ({ sale, reason }, context) => {
    const found = findSale(context, sale);
    if (!found.ok) return found;
    const { number, total, at, voided } = found.value;
    if (voided !== null) return fail(toolError('moved-on', `Sale ${number} was voided already.`));
    return ok(`Void sale ${number} of ₱${(total / 100).toFixed(2)}, made ${manilaTime(at)}? Reason: ${reason}`);
  },
  run: ({ sale, reason }, context) => {
    const found = findSale(context, sale);
    if (!found.ok) return found;
    const { id, number, total } = found.value;
    const voided = voidSale(context.deps.store, { id, reason }, context.actor);
    return voided.ok ? ok({ id, number, total_centavos: total }) : voided;
  },
});

export const addTranscription = kit.defineTool({
  name: 'add_transcription',
  title: 'Add a counter note',
  description:
    'Writes down what was said or seen at the counter: a wish, a complaint, a missing brand. Notes are found with fetch_transcriptions.',
  hints: { destructive: false, idempotent: false, openWorld: false },
  access: 'write',
  input: z.object({
    text: z.string().trim().min(1).max(10_000).describe('What was said, in its own words.'),
    brand: z.string().trim().min(1).max(80).optional().describe('The brand it is about.'),
    language: z.enum(['en', 'fil', 'taglish']).default('taglish').describe('Its language.'),
    sale: z.string().min(1).max(60).optional().describe('Receipt number or id of the sale it belongs to.'),
    idempotency_key: key,
  }),
  output: z.object({ id: z.string(), at: z.string() }),
  run: (args, context) => {
    const sale = args.sale === undefined ? ok(null) : findSale(context, args.sale);
    if (!sale.ok) return sale;
    const { text, brand, language, idempotency_key: attempt } = args;
    const note = { text, brand, language, transactionId: sale.value?.id, key: attempt };
    const added = addNote(context.deps.store, note, context.actor);
    return added.ok ? ok({ id: added.value.id, at: manilaTime(added.value.at) }) : added;
  },
});
