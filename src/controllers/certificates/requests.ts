import type { CertificateSigningRequest } from '#api'

/** Whether a request has a condition of the type that is true; one without a status counts too. */
export function hasAnswer({ status }: CertificateSigningRequest, type: string): boolean {
  return (status?.conditions ?? []).some(
    (condition) => condition.type === type && (condition.status || 'True') === 'True',
  )
}
