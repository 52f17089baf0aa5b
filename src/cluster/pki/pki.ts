import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#lib'
import { writeSecret } from '../data-dir/secret-file.ts'
import {
  createAuthority,
  createSigningKey,
  issue,
  type KeyPair,
  type LeafRequest,
  needsRenewal,
} from './certificates.ts'
import { frontProxyName } from './names.ts'

/** All keys of a cluster's server side. Kept under `<data dir>/pki`, readable by root alone. */
export interface Pki {
  readonly authority: KeyPair
  readonly server: KeyPair
  readonly admin: KeyPair
  /** By what other API servers know this one when it speaks for users. */
  readonly frontProxy: KeyPair & { readonly authority: string }
  /** Signs service account tokens. */
  readonly serviceAccountKey: string
}

export interface PkiOptions {
  readonly directory: string
  /** DNS names and IP addresses at which clients reach the API server. */
  readonly serverHosts: readonly string[]
  readonly clock: Clock
}

/**
 * Loads what is there, makes what is missing, and renews certificates that expire soon or do not
 * name a host that is now needed. The authority and the token key are never replaced.
 */
export async function ensurePki({ directory, serverHosts, clock }: PkiOptions): Promise<Pki> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  chmodSync(directory, 0o700)
  const authority = await pairFrom(directory, 'ca', () => createAuthority('knarr-ca', clock))
  const frontProxyAuthority = await pairFrom(directory, 'front-proxy-ca', () =>
    createAuthority('knarr-front-proxy-ca', clock),
  )
  const leaf = (name: string, request: LeafRequest, signer = authority) => {
    const hosts = request.hosts ?? []
    const stale = (pem: string) => needsRenewal(pem, hosts, clock)
    return pairFrom(directory, name, () => issue(signer, request, clock), stale)
  }
  return {
    authority,
    server: await leaf('apiserver', {
      commonName: 'kube-apiserver',
      hosts: serverHosts,
      usages: ['server'],
    }),
    admin: await leaf('admin', {
      commonName: 'kubernetes-admin',
      organizations: ['system:masters'],
      usages: ['client'],
    }),
    frontProxy: {
      authority: frontProxyAuthority.certificate,
      ...(await leaf(
        'front-proxy-client',
        { commonName: frontProxyName, usages: ['client'] },
        frontProxyAuthority,
      )),
    },
    serviceAccountKey: await keyFrom(directory, 'service-account'),
  }
}

async function pairFrom(
  directory: string,
  name: string,
  make: () => Promise<KeyPair>,
  stale: (certificate: string) => boolean = () => false,
): Promise<KeyPair> {
  const paths = { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) }
  if (existsSync(paths.certificate) && existsSync(paths.key)) {
    const pair = { certificate: read(paths.certificate), key: read(paths.key) }
    if (!stale(pair.certificate)) return pair
  }
  const made = await make()
  // The key first: a certificate is only believed when its key is there.
  writeSecret(paths.key, made.key)
  writeSecret(paths.certificate, made.certificate)
  return made
}

async function keyFrom(directory: string, name: string): Promise<string> {
  const path = join(directory, `${name}.key`)
  if (existsSync(path)) return read(path)
  const { key } = await createSigningKey()
  writeSecret(path, key)
  return key
}

function read(path: string): string {
  return readFileSync(path, 'utf8')
}
