import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { pemBlocks, pemOf } from '#lib'
import type { ApiRequest } from '#machinery'

/** What TLS has proved about a client, by the authority that has signed its certificate. */
export type ClientProof = Pick<ApiRequest, 'clientCertificate' | 'frontProxyCertificate'>

/** PEM texts of the authorities of client certificates. */
export interface ClientAuthorities {
  readonly clientAuthorities: string
  /** Authorities of those who speak for users; a certificate of theirs makes nobody a user. */
  readonly frontProxyAuthorities?: string
}

/**
 * Makes what reads a client's certificate; nothing comes of one that no authority has signed. TLS has been
 * told of all authorities alike: whose a certificate is, and so what it is good for, is found out here, once
 * for a connection.
 */
export function clientProofs({
  clientAuthorities,
  frontProxyAuthorities,
}: ClientAuthorities): (socket: object) => ClientProof {
  if (frontProxyAuthorities === undefined) return proofWithOne
  const [clients, proxies] = [
    certificatesIn(clientAuthorities),
    certificatesIn(frontProxyAuthorities),
  ]
  const known = new WeakMap<object, ClientProof>()
  return (socket) => {
    const found = known.get(socket) ?? proofWithBoth(socket, clients, proxies)
    known.set(socket, found)
    return found
  }
}

const nothing: ClientProof = Object.freeze({})

function proofWithOne(socket: object): ClientProof {
  const subject = subjectOf(socket)
  return subject ? { clientCertificate: subject } : nothing
}

function proofWithBoth(
  socket: object,
  clients: readonly X509Certificate[],
  proxies: readonly X509Certificate[],
): ClientProof {
  const subject = subjectOf(socket)
  // Cast: what this server accepts comes over TLS.
  const certificate = subject && (socket as TLSSocket).getPeerX509Certificate()
  if (!certificate) return nothing
  return {
    ...(isSignedBy(certificate, clients) && { clientCertificate: subject }),
    ...(isSignedBy(certificate, proxies) && {
      frontProxyCertificate: { commonName: subject.commonName },
    }),
  }
}

/** The subject of a certificate that TLS has verified; nothing of one that another authority has signed. */
function subjectOf(socket: object): NonNullable<ApiRequest['clientCertificate']> | undefined {
  const { authorized, getPeerCertificate } = socket as Partial<TLSSocket>
  if (!authorized || !getPeerCertificate) return undefined
  // Cast: what this server accepts comes over TLS.
  const { subject } = (socket as TLSSocket).getPeerCertificate()
  if (!subject) return undefined
  return { commonName: first(subject.CN) ?? '', organizations: all(subject.O) }
}

/** Authorities below others that a client may show. */
const maxChain = 8

/** Whether signatures lead from a certificate to one of the authorities. */
function isSignedBy(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): boolean {
  let current: X509Certificate | undefined = certificate
  for (let depth = 0; current && depth < maxChain; depth++) {
    const below: X509Certificate = current
    if (authorities.some((authority) => isIssuer(authority, below))) return true
    const issuer: X509Certificate | undefined = below.issuerCertificate
    current = issuer?.ca && isIssuer(issuer, below) ? issuer : undefined
  }
  return false
}

function isIssuer(authority: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

/** @throws Error for what is no certificate. */
function certificatesIn(pem: string): readonly X509Certificate[] {
  return pemBlocks(pem)
    .filter(({ type }) => type === 'CERTIFICATE')
    .map(({ type, bytes }) => new X509Certificate(pemOf(type, bytes)))
}

type Names = string | readonly string[] | undefined

function all(names: Names): readonly string[] {
  if (names === undefined) return []
  return typeof names === 'string' ? [names] : names
}

function first(names: Names): string | undefined {
  return all(names)[0]
}
