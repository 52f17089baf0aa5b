import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import type { TokenRequest } from '../../../generated/types/authentication-v1.ts'
import { change, fillAbsent } from '../../../shared/change.ts'
import { ensure } from '../../../shared/checks.ts'

const minSeconds = 600
const maxSeconds = 2 ** 32
const hourSeconds = 3600

/** A request for a service account's token; it lives an hour unless told. */
export function defaultTokenRequest(request: TokenRequest): TokenRequest {
  return change(request, {
    spec: fillAbsent(request.spec ?? {}, { expirationSeconds: hourSeconds }),
  })
}

/** Checks what a TokenRequest asks for, as upstream does: between ten minutes and 2^32 seconds. */
export function validateTokenRequest({ spec }: TokenRequest): FieldErrors {
  const { expirationSeconds = 0 } = spec ?? {}
  const path = fieldPath('spec', 'expirationSeconds')
  return [
    ...ensure(expirationSeconds >= minSeconds, () =>
      invalidField(path, expirationSeconds, 'may not specify a duration less than 10 minutes'),
    ),
    ...ensure(expirationSeconds <= maxSeconds, () =>
      invalidField(path, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'),
    ),
  ]
}
