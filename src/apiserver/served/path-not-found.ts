import { StatusError } from '#machinery/status'

/** The answer to a path that leads nowhere. */
export function pathNotFound(): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  })
}
