import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer, type TestServer } from '../server-fixture.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const merge = { 'content-type': 'application/merge-patch+json' }
const json = { 'content-type': 'application/json-patch+json' }

describe('writes that are refused', () => {
  interface Refusal {
    readonly name: string
    readonly send: Parameters<TestServer['send']>
    readonly status: number
    readonly reason?: string
    readonly message: string
  }
  const refusals: readonly Refusal[] = [
    {
      name: 'a name that is taken',
      send: ['POST', maps, { metadata: { name: 'a' } }],
      status: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "a" already exists',
    },
    {
      name: 'a name that is none',
      send: ['POST', maps, { metadata: { name: 'A_b' } }],
      status: 422,
      reason: 'Invalid',
      message: `ConfigMap "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    },
    {
      name: 'no name at all',
      send: ['POST', maps, { data: {} }],
      status: 422,
      message:
        'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    },
    {
      name: 'another namespace than the path names',
      send: ['POST', maps, { metadata: { name: 'b', namespace: 'other' } }],
      status: 400,
      reason: 'BadRequest',
      message:
        'the namespace of the provided object does not match the namespace sent on the request',
    },
    {
      name: 'another version than the path has',
      send: ['POST', maps, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'b' } }],
      status: 400,
      message: 'the API version in the data (apps/v1) does not match the expected API version (v1)',
    },
    {
      name: 'another kind than the path has',
      send: ['POST', maps, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b' } }],
      status: 400,
      message:
        'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    },
    {
      name: 'a resourceVersion on create',
      send: ['POST', maps, { metadata: { name: 'b', resourceVersion: '1' } }],
      status: 500,
      message: 'resourceVersion should not be set on objects to be created',
    },
    {
      name: 'what is no JSON',
      send: ['POST', maps, '{"metadata":'],
      status: 400,
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"metadata":)',
    },
    {
      name: 'a list in place of an object',
      send: ['POST', maps, '[]'],
      status: 400,
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string; Kind string } (5b5d)",
    },
    {
      name: 'a field of the wrong type',
      send: ['POST', maps, { kind: 'ConfigMap', apiVersion: 'v1', data: { x: 1 } }],
      status: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    },
    {
      name: 'a media type that nobody reads',
      send: ['POST', maps, 'x', { 'content-type': 'text/plain' }],
      status: 415,
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/cbor',
    },
    {
      name: 'unknown fields when validation is strict',
      send: [
        'POST',
        `${maps}?fieldValidation=Strict`,
        '{"kind":"ConfigMap","apiVersion":"v1","foo":1,"data":{"a":"1","a":"2"}}',
      ],
      status: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo", duplicate field "data.a"',
    },
    {
      name: 'unknown and repeated fields of a Deployment, as the conformance spec has them',
      send: [
        'POST',
        '/apis/apps/v1/namespaces/default/deployments?fieldManager=m&fieldValidation=Strict',
        '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"my-dep","labels":{"app":"nginx"}},"spec":{"unknownField":"foo","replicas":2,"replicas":3,"selector":{"matchLabels":{"app":"nginx"}},"template":{"metadata":{"labels":{"app":"nginx"}},"spec":{"containers":[{"name":"nginx","image":"nginx:latest"}]}}}}',
      ],
      status: 400,
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"',
    },
    {
      name: 'repeated and unknown fields, in the order in which they stand',
      send: [
        'POST',
        `${maps}?fieldValidation=Strict`,
        '{"kind":"ConfigMap","apiVersion":"v1","data":{"a":"1","a":"2"},"foo":1}',
      ],
      status: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a", unknown field "foo"',
    },
    {
      name: 'a dry run that is none',
      send: ['POST', `${maps}?dryRun=Some`, { metadata: { name: 'b' } }],
      status: 422,
      message:
        'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    },
    {
      name: 'an update of what is not there',
      send: ['PUT', `${maps}/b`, { metadata: { name: 'b' } }],
      status: 404,
      reason: 'NotFound',
      message: 'configmaps "b" not found',
    },
    {
      name: 'an update under another name',
      send: ['PUT', `${maps}/a`, { metadata: { name: 'b' } }],
      status: 400,
      message: 'the name of the object (b) does not match the name on the URL (a)',
    },
    {
      name: 'an update without a name',
      send: ['PUT', `${maps}/a`, { data: {} }],
      status: 400,
      message: 'the name of the object (a based on URL) was undeterminable: name must be provided',
    },
    {
      name: 'an update of an older version',
      send: ['PUT', `${maps}/a`, { metadata: { name: 'a', resourceVersion: '1' } }],
      status: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    },
    {
      name: 'an update of a namesake',
      send: ['PUT', `${maps}/a`, { metadata: { name: 'a', uid: 'other' } }],
      status: 409,
      message:
        'Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, Key: /registry/core/configmaps/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: UID',
    },
    {
      name: 'an unknown kind of patch',
      send: ['PATCH', `${maps}/a`, '{}', { 'content-type': 'application/json' }],
      status: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml, application/apply-patch+cbor',
    },
    {
      name: 'a patch that names an older version',
      send: ['PATCH', `${maps}/a`, { metadata: { resourceVersion: '1' } }, merge],
      status: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    },
    {
      name: 'a JSON patch whose test fails',
      send: ['PATCH', `${maps}/a`, [{ op: 'test', path: '/data/x', value: '2' }], json],
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    },
    {
      name: 'unknown fields in a patch when validation is strict',
      send: ['PATCH', `${maps}/a?fieldValidation=Strict`, '{"foo":1}', merge],
      status: 422,
      message:
        ' "" is invalid: patch: Invalid value: "{\\"foo\\":1}": strict decoding error: unknown field "foo"',
    },
    {
      name: 'force on a patch that is no apply',
      send: ['PATCH', `${maps}/a?force=true`, {}, merge],
      status: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    },
    {
      name: 'a delete of a namesake',
      send: ['DELETE', `${maps}/a`, { preconditions: { uid: 'other' } }],
      status: 409,
      message:
        'Operation cannot be fulfilled on configmaps "a": the UID in the precondition (other) does not match the UID in record (UID). The object might have been deleted and then recreated',
    },
    {
      name: 'a propagation policy that there is not',
      send: ['DELETE', `${maps}/a`, { propagationPolicy: 'Sometimes' }],
      status: 422,
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sometimes": supported values: "Foreground", "Background", "Orphan", "nil"',
    },
    {
      name: 'a method that the resource has not',
      send: ['DELETE', '/api/v1/namespaces'],
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
    {
      name: 'a change of a collection',
      send: ['PUT', maps, { metadata: { name: 'a' } }],
      status: 405,
      message: 'the server does not allow this method on the requested resource',
    },
    {
      name: 'a HEAD, for which upstream has no route',
      send: ['HEAD', maps],
      status: 405,
      message: 'the server does not allow this method on the requested resource',
    },
    {
      name: 'a part that the kind has not',
      send: ['GET', `${maps}/a/scale`],
      status: 404,
      message: 'the server could not find the requested resource',
    },
    {
      name: 'a path that there is not',
      send: ['GET', '/api/v1/nothings'],
      status: 404,
      message: 'the server could not find the requested resource',
    },
    {
      name: 'a Lease without the version it replaces',
      send: ['PUT', `${leases}/l`, { metadata: { name: 'l' }, spec: {} }],
      status: 422,
      message:
        'Lease.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    },
  ]
  for (const { name, send, status, reason, message } of refusals) {
    test(`${name}: ${status}`, async () => {
      await using server = await startTestServer()
      await server.send('POST', maps, { metadata: { name: 'a' }, data: { x: '1' } })
      await server.send('POST', leases, { metadata: { name: 'l' }, spec: {} })
      const refused = await server.send(...send)
      const uid = (await server.send('GET', `${maps}/a`)).body.metadata.uid
      assert.equal(refused.body.message.replace(uid, 'UID'), message)
      assert.equal(refused.status, status)
      assert.equal(refused.body.code, status)
      if (reason !== undefined) assert.equal(refused.body.reason, reason)
      assert.equal((await server.send('GET', `${maps}/a`)).body.data.x, '1')
    })
  }
})
