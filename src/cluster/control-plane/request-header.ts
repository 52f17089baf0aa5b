import type { RequestHeaders } from '#apiserver'
import { frontProxyName } from '../pki/names.ts'

/** Who may say as whom a request is made, and by which headers; plain data. */
export interface RequestHeaderSettings extends RequestHeaders {
  /** PEM of the authorities of their certificates. */
  readonly authorities: string
}

/** What kubeadm sets, and servers behind APIServices know. */
export const usualRequestHeaders: Omit<RequestHeaders, 'allowedNames'> = {
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
}

/**
 * What is configured, with the certificate by which this server itself speaks for users to others: they are
 * told of both, and so is this server. Undefined where there is neither.
 */
export function requestHeaderWith(
  configured: RequestHeaderSettings | undefined,
  ownAuthority: string | undefined,
): RequestHeaderSettings | undefined {
  if (ownAuthority === undefined) return configured
  if (!configured) {
    return { ...usualRequestHeaders, authorities: ownAuthority, allowedNames: [frontProxyName] }
  }
  const { authorities, allowedNames } = configured
  const whole = authorities.endsWith('\n') ? authorities : `${authorities}\n`
  return {
    ...configured,
    authorities: `${whole}${ownAuthority}`,
    // None are named where all may.
    allowedNames: allowedNames.length === 0 ? [] : [...allowedNames, frontProxyName],
  }
}
