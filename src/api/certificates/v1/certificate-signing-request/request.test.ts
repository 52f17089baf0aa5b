import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Stored } from '#machinery'
import { type FieldErrors, fieldErrorMessage } from '#machinery/validation'
import type { CertificateSigningRequest } from '../../../generated/types/certificates-v1.ts'
import { certificateSigningRequests } from './index.ts'
import { checkRequestSignature, parseCertificateRequest } from './request.ts'
import { opensslRequests } from './request-fixture.ts'
import { kubernetesSigners, signerRefusal } from './signers.ts'

/** `O=dev, O=ops, CN=jane`, made by OpenSSL. */
const user =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbU1JR05BZ0VBTUNzeEREQUtCZ05WQkFvTUEyUmxkakVNTUFvR0ExVUVDZ3dEYjNCek1RMHdDd1lEVlFRRApEQVJxWVc1bE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrVHdtcWoyT0pvMFNaCmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkxCb1h0ZmJzc1BxaDkKeGFBQU1Bb0dDQ3FHU000OUJBTUNBMGdBTUVVQ0lHcUJTV2Vva2t4c0pHbzZ0L0ZYNGo0SjVRTGgvME5xS0w0SgpkZUh4RlFnZ0FpRUF3enRQS3VlbXNPcExRLzJOVTVYUEthTnB6TzUwdVpJbE53dU91NVRNck0wPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K'

/** `O=system:nodes, CN=system:node:node-1` */
const kubelet =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIdU1JR1dBZ0VBTURReEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekViTUJrR0ExVUVBd3dTYzNsegpkR1Z0T201dlpHVTZibTlrWlMweE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrClR3bXFqMk9KbzBTWmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkwKQm9YdGZic3NQcWg5eGFBQU1Bb0dDQ3FHU000OUJBTUNBMGNBTUVRQ0lBaDFxMzVtUW04d1NrQXk2RVdEZmtHWApOV3hyNFdWODJVVHFRU1BJQUU2SEFpQUpoTytWWEU5YzJxSjhiQTlHWHFNZzc3R0N1MThHdmkxeTFzNkdIVjRsClR3PT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=='

/** The same with the names `node-1`, `10.0.0.1` and `fd00::1`. */
const serving =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkt6Q0IwZ0lCQURBME1SVXdFd1lEVlFRS0RBeHplWE4wWlcwNmJtOWtaWE14R3pBWkJnTlZCQU1NRW5ONQpjM1JsYlRwdWIyUmxPbTV2WkdVdE1UQlpNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJCNmhLeUV3CkpFOEpxbzlqaWFORW1YLzZsbFF2MUl2VmlMT2ZORmp4a3JtUXZQU2dhNzkvR0lpam1TbGw5aUVpRGROejF4azcKeXdhRjdYMjdMRDZvZmNXZ1BEQTZCZ2txaGtpRzl3MEJDUTR4TFRBck1Da0dBMVVkRVFRaU1DQ0NCbTV2WkdVdApNWWNFQ2dBQUFZY1EvUUFBQUFBQUFBQUFBQUFBQUFBQUFUQUtCZ2dxaGtqT1BRUURBZ05JQURCRkFpQjQ4R2xZCktESG1iSEhqV256Z2ZjM2VUVG1TaTVWaEdpa05mVUN4NTFOYkV3SWhBTkhUcXJMZzBjbG1pVk92SzRsRjBWaHgKOFYxcmkwcnliTGtIZEZSUjBSY2cKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=='

/** An RSA key, a long subject and one name of each kind. */
const full =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQzB6Q0NBYnNDQVFBd1VqRUxNQWtHQTFVRUJoTUNSRVV4Q2pBSUJnTlZCQWdNQVVJeER6QU5CZ05WQkFjTQpCa0psY214cGJqRUtNQWdHQTFVRUNnd0JlREVLTUFnR0ExVUVDd3dCZVRFT01Bd0dBMVVFQXd3RmFzT2tibVV3CmdnRWlNQTBHQ1NxR1NJYjNEUUVCQVFVQUE0SUJEd0F3Z2dFS0FvSUJBUUM1dzRhWkZkWnNBK0ZYYkxmTjJUUmUKei9scTIvZFdxTEFpd2hpWEQ2VEsyQnhlVFJzcEM0cXhBZjNvL3NDRHlHZHp0UER0UVk4Z2hMVFVEMHZmRmJySworbkpZQlp6aGFTK2ZDcWVuNlRCK0hyTGRJdDdYSkxRVUdIV1JndlE0U3hVd1g4S0M2ZHZ4RGwyNkk0K2IyNjYvCkZScFM0SlVOR0Y2WUxVQ04xcHFiUnRkN0ViUVJPTm1SR1NOcVBIdFZMemZhZTdyYjVDWnFlN0hQN3VicXFQYnoKV0NHZVBwNXZSRkJZVHcwcDYxLzlZZVVsM1hoRlNBWEh2ZHpXVUJiYWtPdDAwR2xua09MK2Y0cndqTnFaY0N6cApMTE1XWVlCc3lxZVFxeVFac1h0eWIvUGcybjREWmxoVU51dkZtQ0NyZi9EV3RSbXhtcHNQU3dObnM4YkNOZGhqCkFnTUJBQUdnUERBNkJna3Foa2lHOXcwQkNRNHhMVEFyTUNrR0ExVWRFUVFpTUNDQ0EyRXVZb0VGWVVCaUxtT0cKREhOd2FXWm1aVG92TDNndmVZY0VBUUlEQkRBTkJna3Foa2lHOXcwQkFRc0ZBQU9DQVFFQWtPa0Q2UlZGTThtawpTcWJTYUFiYXo0YTZYeVBCbWlqMHRJRWNFR21CaE9BUFd4U1pIRzZidm5nNm45SXJpN3JJSVVtYVMwMkpYRnp5ClpkTlBwSVRBRHNnZFhLOTN2NmNpc2ZTekxNQmxPOUtGbis0Qm1xZkIvR0tvTTdCZ3FSbS9DRXR0NlkyUTB1T2wKazhtYnh6RjBGZkczdUVsQmNORm02QUFRanpxcXFEVy9GYkZEQytTc3pDMlJtVm9rbW5zZTBBL2xyV0xoOC9HeApJemFPTkdOT3pKT3E5QWNscFhPaG1YNnlrOXZTMlA2U1Q4dmtmUC9rSVRxWWYrcU1pYUtEUGJpa2RSSm94aFN1CnYvNmQ3SWM5OTFMNXJoSEMyV3RLUGpKaXdpckhLZFd1c3I2L3k0aFl2YlF2Ykgwd0tlVmZqMnRrNlh0Z1VpeDYKRE10TE42M1VVdz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo='

const client = kubernetesSigners.apiServerClient
const { strategy, subresources } = certificateSigningRequests
const context = { nowMs: Date.parse('2026-01-01T00:00:00Z'), user: { name: 'x', groups: [] } }

function request(spec: object = {}, status?: object): CertificateSigningRequest {
  return {
    metadata: { name: 'a' },
    spec: { request: user, signerName: client, usages: ['client auth'], ...spec },
    ...(status && { status }),
  }
}

function stored(status: object = {}, spec: object = {}): Stored<CertificateSigningRequest> {
  return {
    ...request(spec, status),
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: {
      name: 'a',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
  }
}

const texts = (errors: FieldErrors) => errors.map(fieldErrorMessage)
const faults = (spec: object) => texts(strategy.validate(request(spec)))

describe('a request', () => {
  test('is read with all of its names', () => {
    const { commonName, organizations } = parseCertificateRequest(user)
    assert.deepEqual([commonName, organizations], ['jane', ['dev', 'ops']])
    const { dnsNames, ipAddresses } = parseCertificateRequest(serving)
    assert.deepEqual([dnsNames, ipAddresses], [['node-1'], ['10.0.0.1', 'fd00:0:0:0:0:0:0:1']])
    const all = parseCertificateRequest(full)
    assert.equal(all.commonName, 'jäne')
    assert.deepEqual(
      [all.dnsNames, all.emailAddresses, all.uris, all.ipAddresses],
      [['a.b'], ['a@b.c'], ['spiffe://x/y'], ['1.2.3.4']],
    )
    for (const each of [user, kubelet, serving, full]) {
      checkRequestSignature(parseCertificateRequest(each))
    }
  })

  test('has to be signed by the key that it is for', () => {
    const [one, other] = [parseCertificateRequest(user), parseCertificateRequest(kubelet)]
    assert.throws(
      () => checkRequestSignature({ ...one, signed: other.signed }),
      /x509: ECDSA verification failure/,
    )
    const rsa = parseCertificateRequest(full)
    assert.throws(
      () => checkRequestSignature({ ...rsa, signed: other.signed }),
      /crypto\/rsa: verification error/,
    )
    assert.throws(
      () => checkRequestSignature({ ...one, algorithm: '1.2.3' }),
      /x509: cannot verify signature: algorithm unimplemented/,
    )
    const der = Buffer.from(user, 'base64').toString().split('\n').slice(1, -2).join('')
    const forged = Buffer.from(der, 'base64')
    forged[forged.length - 1]! ^= 1
    const pem = ['CERTIFICATE REQUEST', forged.toString('base64')]
    const text = `-----BEGIN ${pem[0]}-----\n${pem[1]}\n-----END ${pem[0]}-----\n`
    const [fault] = faults({ request: Buffer.from(text).toString('base64') })
    assert.match(
      fault ?? '',
      /^spec\.request: Invalid value: .*: x509: ECDSA verification failure$/,
    )
  })

  test('may be signed as Go knows it: with Ed25519, and with RSA-PSS and a salt as long as the hash', () => {
    const { shortSalt, ...good } = opensslRequests
    for (const [name, text] of Object.entries(good)) {
      const parsed = parseCertificateRequest(text)
      checkRequestSignature(parsed)
      assert.deepEqual(faults({ request: text }), [], name)
      const wrong = Uint8Array.from(parsed.signature)
      wrong[5]! ^= 1
      assert.throws(() => checkRequestSignature({ ...parsed, signature: wrong }), {
        message: /^(crypto\/rsa: verification error|x509: Ed25519 verification failure)$/,
      })
    }
    assert.throws(() => checkRequestSignature(parseCertificateRequest(shortSalt)), {
      message: 'x509: cannot verify signature: algorithm unimplemented',
    })
  })

  test('has to name an algorithm of its key', () => {
    const [ec, rsa] = [parseCertificateRequest(user), parseCertificateRequest(full)]
    assert.throws(() => checkRequestSignature({ ...rsa, algorithm: ec.algorithm }), {
      message:
        'x509: signature algorithm specifies an ECDSA public key, but have public key of type *rsa.PublicKey',
    })
    assert.throws(() => checkRequestSignature({ ...rsa, algorithm: '1.3.101.112' }), {
      message:
        'x509: signature algorithm specifies an Ed25519 public key, but have public key of type *rsa.PublicKey',
    })
  })

  test('of any other kind is refused', () => {
    for (const text of ['', 'x', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']) {
      const [fault] = faults({ request: Buffer.from(text).toString('base64') })
      assert.match(fault ?? '', /PEM block type must be CERTIFICATE REQUEST$/)
    }
    const short = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----'
    const [fault] = faults({ request: Buffer.from(short).toString('base64') })
    assert.match(fault ?? '', /asn1: syntax error: data truncated$/)
  })

  test('says what for, by whom, and for how long', () => {
    assert.deepEqual(faults({}), [])
    assert.deepEqual(faults({ usages: [] }), ['spec.usages: Required value'])
    assert.deepEqual(faults({ usages: ['signing', 'signing'] }), [
      'spec.usages[1]: Duplicate value: "signing"',
    ])
    assert.match(faults({ usages: ['x'] })[0] ?? '', /^spec\.usages\[0\]: Unsupported value: "x": /)
    assert.deepEqual(faults({ signerName: kubernetesSigners.legacyUnknown }), [
      'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
    ])
    assert.match(faults({ signerName: 'x' })[0] ?? '', /domain-prefixed path/)
    assert.match(faults({ expirationSeconds: 599 })[0] ?? '', /less than 600 seconds/)
    const named = strategy.validate({ ...request(), metadata: { name: 'Any Name:1' } })
    assert.deepEqual(texts(named), [], 'its name may be anything that fits a path')
  })
})

describe('an answer', () => {
  const approved = { type: 'Approved', status: 'True', reason: 'r', message: 'm' }
  const denied = { ...approved, type: 'Denied' }
  const failed = { ...approved, type: 'Failed' }
  const change = (part: 'approval' | 'status', old: object, status: object) => {
    const rules = subresources?.[part]
    assert.ok(rules?.kind === 'part')
    const before = stored(old)
    const prepared = rules.prepareForUpdate({ ...before, status }, before, context)
    return { prepared, faults: texts(rules.validateUpdate(prepared, before)) }
  }
  const at = 'status.conditions'

  test('is given once, and never taken back', () => {
    assert.deepEqual(change('approval', {}, { conditions: [approved] }).faults, [])
    assert.deepEqual(
      change('approval', { conditions: [approved] }, { conditions: [approved, denied] }).faults,
      [`${at}: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive`],
    )
    assert.deepEqual(change('approval', { conditions: [denied] }, { conditions: [] }).faults, [
      `${at}: Forbidden: updates may not remove a condition of type "Denied"`,
    ])
    assert.deepEqual(change('approval', {}, { conditions: [approved, approved] }).faults, [
      `${at}[1].type: Duplicate value: "Approved"`,
    ])
    assert.deepEqual(change('approval', {}, { conditions: [{ type: 'x', status: '' }] }).faults, [
      `${at}[0].status: Required value`,
    ])
    const no = { ...approved, status: 'False' }
    assert.deepEqual(change('approval', {}, { conditions: [no] }).faults, [
      `${at}[0].status: Unsupported value: "False": supported values: "True"`,
    ])
  })

  test('comes by its own path', () => {
    assert.deepEqual(change('status', {}, { conditions: [approved] }).faults, [
      `${at}: Forbidden: updates may not add a condition of type "Approved"`,
    ])
    assert.deepEqual(change('status', {}, { conditions: [failed] }).faults, [])
    const reworded = { ...approved, message: 'n' }
    const { prepared } = change(
      'status',
      { conditions: [approved] },
      { conditions: [failed, reworded] },
    )
    assert.deepEqual(
      prepared.status?.conditions?.map(({ message }) => message),
      ['m', 'm'],
      'what was decided stays as it was said',
    )
    const { prepared: kept } = change('approval', {}, { certificate: 'x', conditions: [approved] })
    assert.equal(kept.status?.certificate, undefined)
  })

  test('knows when it was given', () => {
    const old = { ...approved, lastTransitionTime: '2025-01-01T00:00:00Z' }
    const { prepared } = change(
      'approval',
      { conditions: [old] },
      { conditions: [approved, { type: 'Other', status: 'True' }] },
    )
    assert.deepEqual(
      prepared.status?.conditions?.map((each) => [each.lastUpdateTime, each.lastTransitionTime]),
      [
        ['2026-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
        ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
      ],
    )
  })

  test('is a certificate, which nobody replaces', () => {
    const pem = (type: string, text = '') =>
      Buffer.from(`-----BEGIN ${type}-----\n${text}-----END ${type}-----\n`).toString('base64')
    const field = 'status.certificate'
    for (const [certificate, rule] of [
      [Buffer.from('x').toString('base64'), 'must contain at least one CERTIFICATE PEM block'],
      [pem('X'), 'only CERTIFICATE PEM blocks are allowed, found "X"'],
      [pem('CERTIFICATE', 'A: b\n\nAAAA\n'), 'no PEM block headers are permitted'],
      [pem('CERTIFICATE'), 'found CERTIFICATE PEM block containing 0 certificates'],
      [pem('CERTIFICATE', 'AAAA\n'), 'x509: malformed certificate'],
    ] as const) {
      assert.deepEqual(change('status', {}, { certificate }).faults, [
        `${field}: Invalid value: "<certificate data>": ${rule}`,
      ])
    }
    const [old, now] = [{ certificate: pem('X') }, { certificate: pem('Y') }]
    assert.deepEqual(change('status', old, now).faults, [
      `${field}: Forbidden: updates may not modify existing certificate content`,
    ])
  })
})

describe('the signers of Kubernetes', () => {
  const refusal = (signerName: string, text: string, ...usages: readonly string[]) =>
    signerRefusal({ request: text, signerName, usages }, parseCertificateRequest(text))
  const { kubeletClient, kubeletServing, apiServerClient, legacyUnknown } = kubernetesSigners

  test('sign for clients what is for clients', () => {
    assert.equal(refusal(apiServerClient, user, 'client auth', 'digital signature'), undefined)
    assert.equal(
      refusal(apiServerClient, user, 'client auth', 'server auth'),
      'invalid usage for client certificate: server auth',
    )
    assert.equal(
      refusal(apiServerClient, user, 'digital signature'),
      'missing required usage for client certificate: client auth',
    )
    assert.equal(refusal(legacyUnknown, user, 'any'), undefined)
    assert.equal(refusal('example.com/x', user), undefined)
  })

  test('sign for kubelets what names a node and nothing else', () => {
    const right = ['client auth', 'digital signature']
    assert.equal(refusal(kubeletClient, kubelet, ...right), undefined)
    assert.equal(refusal(kubeletClient, kubelet, ...right, 'key encipherment'), undefined)
    assert.equal(
      refusal(kubeletClient, kubelet, 'client auth'),
      'usages did not match [client auth digital signature key encipherment]',
    )
    assert.equal(refusal(kubeletClient, user, ...right), 'subject organization is not system:nodes')
    assert.equal(refusal(kubeletClient, serving, ...right), 'DNS subjectAltNames are not allowed')
    const spec = { request: '', signerName: kubeletClient, usages: right }
    const named = { ...parseCertificateRequest(kubelet), commonName: 'node-1' }
    assert.equal(signerRefusal(spec, named), 'subject common name does not begin with system:node:')
  })

  test('sign for servers of kubelets what says where they are', () => {
    const right = ['server auth', 'digital signature']
    assert.equal(refusal(kubeletServing, serving, ...right), undefined)
    assert.equal(refusal(kubeletServing, kubelet, ...right), 'DNS or IP subjectAltName is required')
    assert.equal(
      refusal(kubeletServing, serving, 'client auth'),
      'usages did not match [digital signature key encipherment server auth]',
    )
    const spec = { request: '', signerName: kubeletServing, usages: right }
    const parsed = parseCertificateRequest(serving)
    assert.equal(
      signerRefusal(spec, { ...parsed, uris: ['x'] }),
      'URI subjectAltNames are not allowed',
    )
  })
})
