import { genericServerResponse, type StatusError } from '#machinery/status'

/** 429 for what the server would take from anybody at another time; clients come again by themselves. */
export function tooManyRequests(): StatusError {
  return genericServerResponse({
    code: 429,
    serverMessage: 'Too many requests, please try again later.',
    retryAfterSeconds: 1,
  })
}
