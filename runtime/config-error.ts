// Owns the fault that stops a start because of its settings. Its message names every variable that is wrong.

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
