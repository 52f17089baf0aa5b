import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/** PEM texts for tests: an authority, a server for 127.0.0.1, and a client of a group. */
export interface TestCertificates {
  readonly authority: string
  readonly server: { readonly certificate: string; readonly key: string }
  readonly client: { readonly certificate: string; readonly key: string }
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const validity = { notBefore: new Date(0), notAfter: new Date('2099-01-01T00:00:00Z') }

/** Certificates that only a test trusts; the server's is for further names too. */
export async function makeTestCertificates(
  serverNames: readonly string[] = [],
  authorityName = 'test authority',
): Promise<TestCertificates> {
  x509.cryptoProvider.set(webcrypto)
  const keys = await generateKeys()
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${authorityName}`,
    ...validity,
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  })
  const issue = async (subject: string, names: readonly string[] = []) => {
    const own = await generateKeys()
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: authority.subject,
      ...validity,
      signingAlgorithm: algorithm,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          { type: 'ip', value: '127.0.0.1' },
          ...names.map((value) => ({ type: 'dns' as const, value })),
        ]),
      ],
    })
    const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey)
    return {
      certificate: certificate.toString('pem'),
      key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    }
  }
  return {
    authority: authority.toString('pem'),
    server: await issue('CN=127.0.0.1', serverNames),
    client: await issue('CN=alice,O=team-a,O=team-b'),
  }
}

function generateKeys() {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}
