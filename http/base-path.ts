// Owns where the API lives. Health, metrics and the reference page live beside it, at the root.

export const BASE_PATH = '/api/v1/billing';
