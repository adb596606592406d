// Errors of a plugin, with their status codes.

/** PJRT_Error_Code; the names are Abseil's. */
export const STATUS = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type Status = keyof typeof STATUS;

export const statusOf = (code: number): Status =>
  (Object.keys(STATUS) as Status[]).find((name) => STATUS[name] === code) ?? 'UNKNOWN';

/** What a PJRT function returned instead of doing its work. */
export class PjrtError extends Error {
  override readonly name = 'PjrtError';

  constructor(
    message: string,
    readonly status: Status,
    /** The function: `Client_Compile`. */
    readonly call: string,
  ) {
    super(message);
  }
}
