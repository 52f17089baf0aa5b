import { messageOf } from '#lib'
import { parseJson } from '#machinery'
import {
  errorFromStatus,
  genericServerResponse,
  isFailedStatus,
  type StatusError,
} from '#machinery/status'
import type { WebhookAnswer } from './transport.ts'

/** Marks what is wrong with an answer, rather than with the way to it. */
export class AnswerError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
  }
}

/** What was answered with a status of success. @throws AnswerError */
export function decodedAnswer(answer: WebhookAnswer): unknown {
  const { status, contentType, body } = answer
  const text = Buffer.from(body).toString()
  if (status < 200 || status > 206) throw new AnswerError(failedAnswer(answer, text))
  if (text === '') {
    const what = `0-length response with status code: ${status} and content type: ${contentType}`
    throw new AnswerError(new Error(what))
  }
  const object = parsed(text)
  const failure = failedStatus(object)
  if (failure) throw new AnswerError(failure)
  return object
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    const what = `couldn't get version/kind; json parse error: ${messageOf(error)}`
    throw new AnswerError(new Error(what, { cause: error }))
  }
}

/** Upstream shows so much of a body that is no Status. */
const shownLetters = 2048

function failedAnswer({ status: code, contentType }: WebhookAnswer, text: string): Error {
  const failure = failedStatus(tryParsed(text))
  if (failure) return failure
  const isText = contentType === '' || contentType.startsWith('text/')
  const serverMessage = isText ? text.slice(0, shownLetters).trim() : 'unknown'
  return genericServerResponse({ code, verb: 'POST', serverMessage, unexpected: true })
}

function tryParsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** A Status that says what went wrong, where a webhook answers with one. */
function failedStatus(object: unknown): StatusError | undefined {
  return isFailedStatus(object) ? errorFromStatus(object) : undefined
}
