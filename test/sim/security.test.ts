import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { der, derBits, derInteger, derOid, derTag, pemOf } from '#lib'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'

let cluster: ServedSimulation

/** Nobody of the namespace `free` is held to anything. */
const admission = `
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    exemptions: {namespaces: [free]}
`

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-admission-'))
  const file = join(directory, 'admission.yaml')
  writeFileSync(file, admission)
  try {
    cluster = await startServedSimulation('--nodes', '1', '--admission-control-config-file', file)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

test('kubectl makes a quota, shows what is used of it, and hears when it is full', async () => {
  await cluster.kubectl('create', 'namespace', 'small')
  await cluster.kubectl('-n', 'small', 'create', 'quota', 'q', '--hard=pods=1,requests.cpu=1')
  const pod = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'small' },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '300m' } } }] },
  })
  await cluster.apply(JSON.stringify(pod('a')))
  const { stderr, code } = await cluster.tryKubectl(['apply', '-f', '-'], JSON.stringify(pod('b')))
  assert.equal(code, 1)
  assert.match(
    stderr,
    /pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1/,
  )
  const columns = (text: string) =>
    text.split('\n').map((line) => line.trim().split(/\s+/).join(' '))
  const described = columns(await cluster.kubectl('-n', 'small', 'describe', 'quota', 'q'))
  for (const line of ['Name: q', 'pods 1 1', 'requests.cpu 300m 1']) {
    assert.ok(described.includes(line), described.join('\n'))
  }
  const namespace = columns(await cluster.kubectl('describe', 'namespace', 'small'))
  assert.ok(namespace.includes('Resource Quotas'), namespace.join('\n'))
  assert.ok(namespace.includes('requests.cpu 300m 1'), namespace.join('\n'))
  const listed = await cluster.kubectl('-n', 'small', 'get', 'quota')
  assert.match(listed, /^q\s+pods: 1\/1, requests.cpu: 300m\/1\s/m)
})

test('kubectl prints what the level of a namespace refuses and warns of', async () => {
  await cluster.kubectl('create', 'namespace', 'strict')
  const run = ['-n', 'strict', 'run', 'p', '--image=i']
  await cluster.kubectl(...run)
  const label = ['label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted']
  const labelled = await cluster.tryKubectl(label)
  assert.match(
    labelled.stderr,
    /^Warning: existing pods in namespace "strict" violate the new PodSecurity enforce level "restricted:latest"\nWarning: p: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile\n$/,
  )
  const refused = await cluster.tryKubectl(['-n', 'strict', 'run', 'q', '--image=i'])
  assert.match(refused.stderr, /pods "q" is forbidden: violates PodSecurity "restricted:latest": /)
  const made = await cluster.tryKubectl([
    ...['-n', 'strict', 'create', 'deployment', 'd', '--image=i'],
  ])
  assert.equal(made.code, 0)
  assert.match(made.stderr, /^Warning: would violate PodSecurity "restricted:latest": allowPriv/)
  const bad = await cluster.tryKubectl([...label.slice(0, -1), '--overwrite', `${label[3]}x`])
  assert.match(
    bad.stderr,
    /metadata\.labels\[pod-security\.kubernetes\.io\/enforce\]: Invalid value: "restrictedx": must be one of privileged, baseline, restricted/,
  )
})

test('a namespace that the configuration exempts may ask for what it likes', async () => {
  const label = 'pod-security.kubernetes.io/enforce=restricted'
  await cluster.kubectl('create', 'namespace', 'free')
  const { stderr } = await cluster.tryKubectl(['label', 'namespace', 'free', label])
  assert.match(
    stderr,
    /^Warning: namespace "free" is exempt from Pod Security, and the policy \(enforce=restricted:latest\) will be ignored/,
  )
  const ran = await cluster.tryKubectl(['-n', 'free', 'run', 'p', '--image=i'])
  assert.deepEqual([ran.code, ran.stderr], [0, ''])
})

/** A new key, and the request to certify it for `jane` of `dev`. */
function keyAndRequest(): { readonly key: string; readonly request: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const attribute = (oid: string, text: string) =>
    der(derTag.set, der(derTag.sequence, derOid(oid), der(derTag.utf8String, Buffer.from(text))))
  const info = der(
    derTag.sequence,
    derInteger(0n),
    der(derTag.sequence, attribute('2.5.4.10', 'dev'), attribute('2.5.4.3', 'jane')),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(0xa0),
  )
  const algorithm = der(derTag.sequence, derOid('1.2.840.10045.4.3.2'))
  const signature = derBits(sign('sha256', info, privateKey))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    request: pemOf('CERTIFICATE REQUEST', der(derTag.sequence, info, algorithm, signature)),
  }
}

test('kubectl certificate approve ends in a certificate that the server knows its bearer by', async () => {
  const { key, request } = keyAndRequest()
  await cluster.apply(
    JSON.stringify({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'jane' },
      spec: {
        request: Buffer.from(request).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        expirationSeconds: 86_400,
        usages: ['client auth'],
      },
    }),
  )
  assert.match(await cluster.kubectl('get', 'csr', 'jane'), /\s24h\s+Pending\n/)
  await cluster.kubectl('certificate', 'approve', 'jane')
  const signed = ['get', 'csr', 'jane', '-o', 'jsonpath={.status.certificate}']
  await cluster.kubectl('wait', 'csr/jane', '--for=jsonpath={.status.certificate}', '--timeout=60s')
  assert.match(await cluster.kubectl('get', 'csr', 'jane'), /\sApproved,Issued\n/)
  const [certificateFile, keyFile] = ['jane.crt', 'jane.key'].map((name) =>
    join(cluster.dataDir, name),
  ) as [string, string]
  writeFileSync(certificateFile, Buffer.from(await cluster.kubectl(...signed), 'base64'))
  writeFileSync(keyFile, key)
  const credentials = ['--client-certificate', certificateFile, '--client-key', keyFile]
  await cluster.kubectl('config', 'set-credentials', 'jane', ...credentials)
  const who = await cluster.kubectl('--user=jane', 'auth', 'whoami', '-o', 'json')
  const { username, groups } = JSON.parse(who).status.userInfo
  assert.equal(username, 'jane')
  assert.deepEqual(groups, ['dev', 'system:authenticated'])
  const denied = await cluster.tryKubectl(['--user=jane', 'get', 'pods'])
  assert.match(denied.stderr, /User "jane" cannot list resource "pods"/)
})

test('kubectl certificate deny leaves a request without a certificate', async () => {
  const { request } = keyAndRequest()
  const spec = {
    request: Buffer.from(request).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: ['client auth'],
  }
  const metadata = { name: 'denied' }
  const apiVersion = 'certificates.k8s.io/v1'
  const object = { apiVersion, kind: 'CertificateSigningRequest', metadata, spec }
  await cluster.apply(JSON.stringify(object))
  await cluster.kubectl('certificate', 'deny', 'denied')
  assert.match(await cluster.kubectl('get', 'csr', 'denied'), /\sDenied\n/)
  const { stderr } = await cluster.tryKubectl(['certificate', 'approve', 'denied'])
  assert.match(stderr, /certificate signing request "denied" is already Denied/)
})
