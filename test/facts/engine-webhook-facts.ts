// Owns how facts on webhooks are tried: signatures of Standard Webhooks, and which endpoint hears which event.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { hears } from '#notifications/envelope.ts';
import { signatureHeaders } from '#notifications/webhooks/signature.ts';
import { type Runner, runner } from './facts.ts';

const message = { id: z.string(), timestamp: z.int(), body: z.string() };

const signature = (secrets: readonly string[], of: z.output<z.ZodObject<typeof message>>): string =>
  signatureHeaders(of, secrets)['webhook-signature'];

export const ENGINE_WEBHOOK: readonly Runner[] = [
  runner(
    z.strictObject({
      given: z.strictObject({ secret: z.string(), ...message }),
      when: z.literal('sign'),
      expect: z.strictObject({ signature: z.string() }),
    }),
    ({ given: { secret, ...of }, expect }) => assert.equal(signature([secret], of), expect.signature),
  ),
  runner(
    z.strictObject({
      given: z.strictObject({ secrets: z.array(z.string()), ...message }),
      when: z.literal('sign during overlap'),
      expect: z.strictObject({ header: z.string() }),
    }),
    ({ given: { secrets, ...of }, expect }) => assert.equal(signature(secrets, of), expect.header),
  ),
  runner(
    z.strictObject({
      given: z.strictObject({ endpointEvents: z.array(z.string()).nullable() }),
      when: z.strictObject({ eventType: z.string() }),
      expect: z.strictObject({ matches: z.boolean() }),
    }),
    ({ given, when, expect }) =>
      assert.equal(hears(given.endpointEvents ?? [], when.eventType), expect.matches),
  ),
];
