// Owns who may pay through which gateway: real ones for real money, the built-in fake one in sandboxes only.
import { type Rejection, reject } from '#actors/rejection.ts';

/** The gateway with a book of its own and no money: everything a test needs, and nothing a seller should be paid with. */
export const TEST_GATEWAY = 'fake';

export type GatewayFacts = {
  /** Names of the gateways there are. */
  readonly gateways: readonly string[];
  readonly sandbox: boolean;
  readonly onTestClock: boolean;
};

/** Why a customer cannot pay through `gateway`; `pointer` is the field that names it. */
export function gatewayRejection(
  gateway: string,
  { gateways, sandbox, onTestClock }: GatewayFacts,
  pointer: string,
): Rejection | undefined {
  if (!gateways.includes(gateway))
    return reject('unknown_gateway', `there is no gateway ${gateway}`, pointer);
  if (gateway === TEST_GATEWAY && !sandbox)
    return reject('gateway_only_in_sandbox', `${gateway} moves no money: only a sandbox can use it`, pointer);
  if (gateway !== TEST_GATEWAY && onTestClock)
    return reject('gateway_not_for_test_clock', `only ${TEST_GATEWAY} pays on a test clock`, pointer);
  return undefined;
}
