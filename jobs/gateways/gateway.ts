// Owns the shape of a company that moves money. An answer is definite or unknown; a fault that is thrown counts as unknown.

export type ChargeRequest = {
  /** The provider's idempotency key: the same key always comes with the same amount, currency and token. */
  readonly key: string;
  /** Minor units of `currency`, above zero. */
  readonly amount: bigint;
  readonly currency: string;
  /** The stored payment method, in the provider's words. */
  readonly token: string;
  /** Ids by which the charge can be found at the provider. */
  readonly metadata: Readonly<Record<string, string>>;
};

export type ChargeAnswer =
  | { readonly kind: 'succeeded'; readonly reference: string }
  | { readonly kind: 'declined'; readonly code: string; readonly message: string }
  /** Money may have moved or not. */
  | { readonly kind: 'unknown'; readonly reason: string };

export type Gateway = {
  readonly name: string;
  /** Charges at most once for a key, however often it is called. */
  charge(request: ChargeRequest, signal: AbortSignal): Promise<ChargeAnswer>;
  /** What became of a key; `absent` when the provider is certain that it never charged for it. */
  lookup(key: string, signal: AbortSignal): Promise<ChargeAnswer | { readonly kind: 'absent' }>;
};
