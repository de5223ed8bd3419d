import { errorTexts } from '#shared/contract/errors.ts';
import type { AppError, ErrorCode } from '#shared/contract/errors.ts';

/** Failures that only a tool has, beside those of the contract. */
const toolTexts = {
  ambiguous: { next: 'Choose one of the named candidates and call again.', retryable: false },
  'read-only': {
    next: 'Ask the operator to allow changes under Services in Pulser Field, then call again.',
    retryable: false,
  },
  'tool-off': { next: 'Ask the operator to switch it on under Services in Pulser Field.', retryable: false },
  'not-allowed': {
    next: 'Ask the operator for a token with this right, under Services in Pulser Field.',
    retryable: false,
  },
  'confirmation-needed': {
    next: 'Use a client that can ask its user, or ask the operator to allow this tool without asking, under Services in Pulser Field.',
    retryable: false,
  },
  declined: { next: 'Do not try again unless the person asks for it.', retryable: false },
  'rate-limited': { next: 'Wait a minute, then call again.', retryable: true },
  'too-large': { next: 'Ask for less: a shorter period, a filter, or a smaller limit.', retryable: false },
  cancelled: { next: 'Call again when the result is wanted.', retryable: true },
  unavailable: { next: 'Try again later. What is saved on this PC is not touched.', retryable: true },
} as const satisfies Record<string, { next: string; retryable: boolean }>;

/** The closed set of what can go wrong with a call: the contract's codes, and those that only a tool has. */
export type ToolErrorCode = ErrorCode | keyof typeof toolTexts;

/** An expected failure of a tool, worded for the assistant: what was wrong, and what it can do next. */
export type ToolError = {
  readonly code: ToolErrorCode;
  /** The cause in one sentence, naming the value in question: "No product matches 'koka'." */
  readonly message: string;
  /** The next step in one sentence: "Call list_products to see the names." */
  readonly next: string;
  /** Whether the same call can succeed later without anybody changing something. */
  readonly retryable: boolean;
};

/** Builds the failure of a code. `message` names the value in question; `next` is the code's own step unless a better one is known. */
export function toolError(code: ToolErrorCode, message: string, next?: string): ToolError {
  const { own, retryable } = textsOf(code);
  return { code, message, next: next ?? own, retryable };
}

function textsOf(code: ToolErrorCode): { own: string; retryable: boolean } {
  if (Object.hasOwn(toolTexts, code)) {
    const text = toolTexts[code as keyof typeof toolTexts];
    return { own: text.next, retryable: text.retryable };
  }
  const text = errorTexts[code as ErrorCode];
  return { own: text.action, retryable: text.retryable };
}

/** A failure of the contract in the words of a tool. */
export function fromAppError(error: AppError): ToolError {
  const detail = error.detail === undefined ? '' : ` (${error.detail})`;
  return { code: error.code, message: `${error.message}${detail}`, next: error.action, retryable: error.retryable };
}
