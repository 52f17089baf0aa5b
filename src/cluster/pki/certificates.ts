import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import type { Clock } from '#lib'
import { secretBytes } from '#lib'

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface LeafRequest {
  readonly commonName: string
  /** Groups, for client certificates. */
  readonly organizations?: readonly string[]
  /** DNS names and IP addresses, for server certificates. */
  readonly hosts?: readonly string[]
  readonly usages: readonly ('server' | 'client')[]
}

x509.cryptoProvider.set(webcrypto as never)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const dayMs = 86_400_000
const authorityDays = 3650
const leafDays = 365
/** Certificates with less time left are made anew at the next start. */
const renewBeforeDays = 60

/** A self-signed authority that signs leaves only. */
export async function createAuthority(commonName: string, clock: Clock): Promise<KeyPair> {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${commonName}`,
    ...validity(clock, authorityDays),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign |
          x509.KeyUsageFlags.cRLSign |
          x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** A certificate signed by `authority`. */
export async function issue(
  authority: KeyPair,
  request: LeafRequest,
  clock: Clock,
): Promise<KeyPair> {
  const keys = await generateKeys()
  const issuer = new x509.X509Certificate(authority.certificate)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subjectOf(request),
    issuer: issuer.subject,
    ...validity(clock, leafDays),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(request.usages.map((usage) => usageIds[usage])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...subjectAlternativeNames(request.hosts ?? []),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** An ECDSA key pair in PEM for signing service account tokens. */
export async function createSigningKey(): Promise<{ readonly key: string }> {
  return { key: await exportKey((await generateKeys()).privateKey) }
}

/** True when the certificate has expired, soon will, or does not name all `hosts`. */
export function needsRenewal(pem: string, hosts: readonly string[], clock: Clock): boolean {
  const certificate = new x509.X509Certificate(pem)
  if (certificate.notAfter.getTime() - clock.wallMs() < renewBeforeDays * dayMs) return true
  const named = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? []
  const present = new Set(named.map((name) => name.value))
  return hosts.some((host) => !present.has(host))
}

const usageIds = {
  server: x509.ExtendedKeyUsage.serverAuth,
  client: x509.ExtendedKeyUsage.clientAuth,
} as const

function generateKeys(): Promise<CryptoKeyPair> {
  // The declared answer is one key or a pair: this algorithm has pairs.
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>
}

type CryptoKeyPair = webcrypto.CryptoKeyPair

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key)
  return x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [pkcs8 = new ArrayBuffer(0)] = x509.PemConverter.decode(pem)
  return webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
}

function validity(clock: Clock, days: number): { notBefore: Date; notAfter: Date } {
  const nowMs = clock.wallMs()
  // Five minutes of grace for clients whose clocks are behind.
  return { notBefore: new Date(nowMs - 300_000), notAfter: new Date(nowMs + days * dayMs) }
}

/** Positive and unpredictable, as RFC 5280 asks. */
function serialNumber(): string {
  const bytes = Buffer.from(secretBytes(16))
  bytes[0] = (bytes[0] ?? 0) & 0x7f
  return bytes.toString('hex')
}

function subjectOf({ commonName, organizations = [] }: LeafRequest): x509.JsonName {
  return [...organizations.map((name) => ({ O: [name] })), { CN: [commonName] }]
}

function subjectAlternativeNames(hosts: readonly string[]): x509.Extension[] {
  if (hosts.length === 0) return []
  const names = hosts.map((value) => ({
    type: isIP(value) ? ('ip' as const) : ('dns' as const),
    value,
  }))
  return [new x509.SubjectAlternativeNameExtension(names)]
}
