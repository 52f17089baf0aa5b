import { gzipSync } from 'node:zlib'
import type { UserInfo } from '#machinery'
import { definitionRequests } from './hostile-definitions.ts'
import { hostileObjects } from './hostile-objects.ts'
import {
  filled,
  type HostileRequest,
  map,
  maps,
  named,
  object,
  pods,
  posted,
} from './hostile-parts.ts'

const reviews: readonly HostileRequest[] = [
  posted(
    'token review: a token',
    (bytes) =>
      object(
        'TokenReview',
        `"spec":{"token":"${'a.'.repeat(bytes / 2)}"}`,
        'authentication.k8s.io/v1',
      ),
    { target: '/apis/authentication.k8s.io/v1/tokenreviews' },
  ),
  posted(
    'token review: a JWT with a large head',
    (bytes) =>
      object(
        'TokenReview',
        `"spec":{"token":"${Buffer.from(`{"alg":"ES256","kid":"${'x'.repeat(bytes * 0.7)}"}`).toString('base64url')}.e30.AA"}`,
        'authentication.k8s.io/v1',
      ),
    { target: '/apis/authentication.k8s.io/v1/tokenreviews' },
  ),
  posted(
    'access review: groups',
    (bytes) =>
      object(
        'SubjectAccessReview',
        `"spec":{"user":"a","groups":[${filled(bytes, (i) => `"g${i}"`, ',')}],"resourceAttributes":{"verb":"get","resource":"pods"}}`,
        'authorization.k8s.io/v1',
      ),
    { target: '/apis/authorization.k8s.io/v1/subjectaccessreviews' },
  ),
  posted(
    'access review: a path',
    (bytes) =>
      object(
        'SelfSubjectAccessReview',
        `"spec":{"nonResourceAttributes":{"verb":"get","path":"/${'a/*'.repeat(bytes / 3)}"}}`,
        'authorization.k8s.io/v1',
      ),
    { target: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews' },
  ),
  posted(
    'certificate request: PEM',
    (bytes) =>
      object(
        'CertificateSigningRequest',
        `${named},"spec":{"signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"],"request":"${Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${'A'.repeat(bytes * 0.7)}\n-----END CERTIFICATE REQUEST-----\n`).toString('base64')}"}`,
        'certificates.k8s.io/v1',
      ),
    { target: '/apis/certificates.k8s.io/v1/certificatesigningrequests' },
  ),
  posted(
    'certificate request: many beginnings',
    (bytes) =>
      object(
        'CertificateSigningRequest',
        `${named},"spec":{"signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"],"request":"${Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\n'.repeat(bytes / 50)).toString('base64')}"}`,
        'certificates.k8s.io/v1',
      ),
    { target: '/apis/certificates.k8s.io/v1/certificatesigningrequests' },
  ),
  posted(
    'token request: audiences',
    (bytes) =>
      object(
        'TokenRequest',
        `"spec":{"audiences":[${filled(bytes, (i) => `"a${i}"`, ',')}]}`,
        'authentication.k8s.io/v1',
      ),
    { target: '/api/v1/namespaces/default/serviceaccounts/seed/token' },
  ),
]

function patched(
  name: string,
  type: string,
  body: (bytes: number) => string,
  target = `${maps}/seed`,
): HostileRequest {
  const headers = { 'content-type': `application/${type}` }
  return { name, method: 'PATCH', target, headers, body }
}

const patches: readonly HostileRequest[] = [
  patched(
    'JSON patch: additions',
    'json-patch+json',
    (bytes) => `[${filled(bytes, (i) => `{"op":"add","path":"/data/k${i}","value":"v"}`, ',')}]`,
  ),
  patched(
    'JSON patch: tests',
    'json-patch+json',
    (bytes) => `[${filled(bytes, () => '{"op":"test","path":"/kind","value":"ConfigMap"}', ',')}]`,
  ),
  patched(
    'JSON patch: copies that double',
    'json-patch+json',
    (bytes) =>
      `[{"op":"add","path":"/data/a","value":"${'x'.repeat(bytes / 2)}"},${filled(bytes / 4, (i) => `{"op":"copy","from":"/data","path":"/metadata/x${i}"}`, ',')}]`,
  ),
  patched(
    'JSON patch: a path',
    'json-patch+json',
    (bytes) => `[{"op":"add","path":"${'/a~1'.repeat(bytes / 4)}","value":1}]`,
  ),
  patched(
    'merge patch: keys',
    'merge-patch+json',
    (bytes) => `{"data":{${filled(bytes, (i) => `"k${i}":"v"`, ',')}}}`,
  ),
  patched(
    'merge patch: depth',
    'merge-patch+json',
    (bytes) => `{"data":${'{"a":'.repeat(bytes / 6)}1${'}'.repeat(bytes / 6)}}`,
  ),
  patched(
    'strategic patch: containers',
    'strategic-merge-patch+json',
    (bytes) =>
      `{"spec":{"containers":[${filled(bytes, (i) => `{"name":"c${i}","image":"i"}`, ',')}]}}`,
    `${pods}/seed`,
  ),
  patched(
    'strategic patch: deletions',
    'strategic-merge-patch+json',
    (bytes) =>
      `{"spec":{"containers":[${filled(bytes, (i) => `{"name":"c${i}","$patch":"delete"}`, ',')}]}}`,
    `${pods}/seed`,
  ),
  patched(
    'strategic patch: order of elements',
    'strategic-merge-patch+json',
    (bytes) =>
      `{"spec":{"$setElementOrder/containers":[${filled(bytes, (i) => `{"name":"c${i}"}`, ',')}]}}`,
    `${pods}/seed`,
  ),
  patched(
    'apply: keys',
    'apply-patch+yaml',
    (bytes) =>
      map(`"metadata":{"name":"seed"},"data":{${filled(bytes, (i) => `"k${i}":"v"`, ',')}}`),
    `${maps}/seed?fieldManager=a&force=true`,
  ),
  patched(
    'apply: containers',
    'apply-patch+yaml',
    (bytes) =>
      object(
        'Pod',
        `"metadata":{"name":"seed"},"spec":{"containers":[${filled(bytes, (i) => `{"name":"c${i}","image":"i"}`, ',')}]}`,
      ),
    `${pods}/seed?fieldManager=a&force=true`,
  ),
  patched(
    'apply: ports',
    'apply-patch+yaml',
    (bytes) =>
      object(
        'Pod',
        `"metadata":{"name":"seed"},"spec":{"containers":[{"name":"a","image":"i","ports":[${filled(bytes, (i) => `{"containerPort":${i},"protocol":"TCP"}`, ',')}]}]}`,
      ),
    `${pods}/seed?fieldManager=a&force=true`,
  ),
  patched(
    'apply: finalizers',
    'apply-patch+yaml',
    (bytes) =>
      map(`"metadata":{"name":"seed","finalizers":[${filled(bytes, (i) => `"x.io/f${i}"`, ',')}]}`),
    `${maps}/seed?fieldManager=a&force=true`,
  ),
]

const magic = Buffer.from([0x6b, 0x38, 0x73, 0])
const protobuf = 'application/vnd.kubernetes.protobuf'

/** One field of bytes: its number, its length as a varint, what is in it. */
function field(number: number, content: Buffer): Buffer {
  const head = [(number << 3) | 2]
  let length = content.length
  for (; length > 127; length >>>= 7) head.push((length & 127) | 128)
  return Buffer.concat([Buffer.from([...head, length]), content])
}

/** Upstream's envelope around a ConfigMap. */
function enveloped(raw: Buffer): Buffer {
  const type = Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from('ConfigMap'))])
  return Buffer.concat([magic, field(1, type), field(2, raw)])
}

const binary: readonly HostileRequest[] = [
  posted(
    'protobuf: map entries',
    (bytes) =>
      enveloped(
        Buffer.concat(
          Array.from({ length: bytes / 12 }, (_, i) =>
            field(2, Buffer.concat([field(1, Buffer.from(`k${i}`)), field(2, Buffer.from('v'))])),
          ),
        ),
      ),
    { type: protobuf },
  ),
  posted(
    'protobuf: unknown fields',
    (bytes) => enveloped(Buffer.alloc(bytes, Buffer.from([0x78, 0x01]))),
    { type: protobuf },
  ),
  posted(
    'protobuf: a length without end',
    (bytes) =>
      enveloped(
        Buffer.concat([Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]), Buffer.alloc(bytes)]),
      ),
    { type: protobuf },
  ),
  posted('protobuf: groups in groups', (bytes) => enveloped(Buffer.alloc(bytes, 0x7b)), {
    type: protobuf,
  }),
  posted(
    'gzip that expands',
    (bytes) => gzipSync(Buffer.alloc(bytes * 100)).subarray(0, bytes),
    {},
  ),
]

const headBytes = 64 * 1024

function got(
  name: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  user?: UserInfo,
): HostileRequest {
  return { name, method: 'GET', target, headers, limitBytes: headBytes, ...(user ? { user } : {}) }
}

const heads: readonly HostileRequest[] = [
  got(
    'label selector: values',
    `${pods}?labelSelector=a+in+(${filled(headBytes, (i) => `v${i}`, ',')})`,
  ),
  got(
    'label selector: requirements',
    `${pods}?labelSelector=${filled(headBytes, (i) => `k${i}`, ',')}`,
  ),
  got('label selector: brackets', `${pods}?labelSelector=${'('.repeat(headBytes)}`),
  got(
    'field selector: terms',
    `${pods}?fieldSelector=${filled(headBytes, () => 'metadata.name=a', ',')}`,
  ),
  got(
    'field selector: backslashes',
    `${pods}?fieldSelector=metadata.name=${'%5C'.repeat(headBytes / 3)}`,
  ),
  got(
    'continue token',
    `${pods}?limit=1&continue=${Buffer.from('{"a":['.repeat(headBytes / 8)).toString('base64url')}`,
  ),
  got('query: parameters', `${pods}?${filled(headBytes, (i) => `a${i}=b`, '&')}`),
  got('path: slashes', `/api/v1/${'a/'.repeat(headBytes / 2)}`),
  got('path: escapes', `/apis/${'%2e'.repeat(headBytes / 3)}`),
  got('accept: media ranges', pods, {
    accept: filled(headBytes, (i) => `application/x${i};q=0.5`, ','),
  }),
  got('accept: parameters', pods, {
    accept: `application/json;${filled(headBytes, (i) => `a${i}=b`, ';')}`,
  }),
  got('accept: Table of a list', `${maps}`, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  }),
  got('bearer token: dots', pods, { authorization: `Bearer ${'a.'.repeat(headBytes / 2)}` }),
  got('impersonation: a group', pods, {
    'impersonate-user': 'a',
    'impersonate-group': filled(headBytes, (i) => `g${i}`, ','),
  }),
  got('impersonation: extra values', pods, {
    'impersonate-user': 'a',
    ...Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`impersonate-extra-k${i}`, '%61'.repeat(100)]),
    ),
  }),
  got(
    'port-forward: ports',
    `${pods}/seed/portforward?ports=${filled(headBytes, (i) => `${(i % 65535) + 1}`, ',')}`,
  ),
  got('exec: words', `${pods}/seed/exec?stdout=1&${filled(headBytes, () => 'command=a', '&')}`),
  got('cause header', pods, { 'knarr-cause': '%7B'.repeat(headBytes / 3) }),
  got('user agent', pods, { 'user-agent': ' /'.repeat(headBytes / 2) }),
]

/** A hostile request for every parser and every kind of field that a client reaches. */
export const hostileRequests: readonly HostileRequest[] = [
  ...hostileObjects,
  ...definitionRequests,
  ...reviews,
  ...patches,
  ...binary,
  ...heads,
]
