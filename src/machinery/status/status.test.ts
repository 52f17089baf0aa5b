import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invalidField, requiredField } from '../fields/field-errors.ts'
import { fieldPath } from '../fields/field-path.ts'
import { genericServerResponse } from './generic-response.ts'
import {
  errorFromStatus,
  isFailedStatus,
  type StatusError,
  successStatus,
  toStatusError,
} from './status.ts'
import * as make from './status-errors.ts'
import * as is from './status-predicates.ts'

const pods = { group: '', version: 'v1', kind: 'Pod', plural: 'pods' }
const deployments = { group: 'apps', kind: 'Deployment', plural: 'deployments' }
const image = fieldPath('spec', 'containers').index(0).child('image')

const table: readonly [StatusError, number, string, string][] = [
  [make.notFound(pods, 'x'), 404, 'NotFound', 'pods "x" not found'],
  [make.notFound(deployments, 'x'), 404, 'NotFound', 'deployments.apps "x" not found'],
  [make.alreadyExists(pods, 'x'), 409, 'AlreadyExists', 'pods "x" already exists'],
  [
    make.generateNameConflict(pods, 'x', 1),
    409,
    'AlreadyExists',
    'pods "x" already exists, the server was not able to generate a unique name for the object',
  ],
  [
    make.conflict(pods, 'x'),
    409,
    'Conflict',
    'Operation cannot be fulfilled on pods "x": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [make.applyConflict([], 'why'), 409, 'Conflict', 'why'],
  [
    make.invalid(pods, 'x', [requiredField(image)]),
    422,
    'Invalid',
    'Pod "x" is invalid: spec.containers[0].image: Required value',
  ],
  [
    make.invalid(deployments, 'x', [requiredField(image), invalidField(image, ' ', 'bad')]),
    422,
    'Invalid',
    'Deployment.apps "x" is invalid: [spec.containers[0].image: Required value, spec.containers[0].image: Invalid value: " ": bad]',
  ],
  [make.invalid(pods, 'x', []), 422, 'Invalid', 'Pod "x" is invalid'],
  [
    make.invalid(
      pods,
      'x',
      Array.from({ length: 1_003 }, () => requiredField(image)),
    ),
    422,
    'Invalid',
    'Pod "x" is invalid: [spec.containers[0].image: Required value, and 3 more]',
  ],
  [make.forbidden(pods, 'x', 'no'), 403, 'Forbidden', 'pods "x" is forbidden: no'],
  [make.forbidden(pods, '', 'no'), 403, 'Forbidden', 'pods is forbidden: no'],
  [make.forbidden({ group: '', plural: '' }, '', 'no'), 403, 'Forbidden', 'forbidden: no'],
  [make.unauthorized('Unauthorized'), 401, 'Unauthorized', 'Unauthorized'],
  [make.badRequest('why'), 400, 'BadRequest', 'why'],
  [make.resourceExpired('old'), 410, 'Expired', 'old'],
  [
    make.requestEntityTooLarge('limit is 1'),
    413,
    'RequestEntityTooLarge',
    'Request entity too large: limit is 1',
  ],
  [
    make.unsupportedMediaType(['application/json', 'application/yaml']),
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  ],
  [
    make.notAcceptable(['application/json']),
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json',
  ],
  [make.timeout('late'), 504, 'Timeout', 'Timeout: late'],
  [
    make.serverTimeout(pods, 'POST', 2),
    500,
    'ServerTimeout',
    'The POST operation against pods could not be completed at this time, please try again.',
  ],
  [make.serviceUnavailable('starting'), 503, 'ServiceUnavailable', 'starting'],
  [make.internalError('disk'), 500, 'InternalError', 'Internal error occurred: disk'],
]

for (const [error, code, reason, message] of table) {
  test(`${code} ${reason} reads: ${message}`, () => {
    assert.deepEqual([error.code, error.reason, error.message], [code, reason, message])
  })
}

test('a Status goes over the wire with its members in order and nothing empty', () => {
  assert.equal(
    JSON.stringify(make.notFound(deployments, 'x').status),
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"deployments.apps \\"x\\" not found","reason":"NotFound","details":{"name":"x","group":"apps","kind":"deployments"},"code":404}',
  )
  assert.equal(
    JSON.stringify(make.badRequest('why').status),
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"why","reason":"BadRequest","code":400}',
  )
  assert.deepEqual(successStatus({ name: 'x', kind: 'pods', group: '' }).details, {
    name: 'x',
    kind: 'pods',
  })
})

test('an invalid object names each field among its causes', () => {
  assert.deepEqual(make.invalid(pods, 'x', [requiredField(image, 'say what')]).details, {
    name: 'x',
    kind: 'Pod',
    causes: [
      {
        reason: 'FieldValueRequired',
        message: 'Required value: say what',
        field: 'spec.containers[0].image',
      },
    ],
  })
})

test('a Status that comes back from a server is the same error again', () => {
  const sent = make.serverTimeout(pods, 'POST', 2)
  const body: unknown = JSON.parse(JSON.stringify(sent.status))
  assert.ok(isFailedStatus(body))
  const received = errorFromStatus(body)
  assert.deepEqual(received.status, sent.status)
  assert.equal(isFailedStatus(successStatus()), false)
  assert.equal(isFailedStatus(null), false)
})

test('predicates look into causes, and trust the code only where the reason is silent', () => {
  const wrapped = new Error('while listing', { cause: make.notFound(pods, 'x') })
  assert.ok(is.isNotFound(wrapped))
  assert.ok(
    is.isNotFound(errorFromStatus({ ...make.resourceExpired('').status, reason: '', code: 404 })),
  )
  assert.equal(is.isConflict(make.alreadyExists(pods, 'x')), false)
  assert.ok(is.isAlreadyExists(make.generateNameConflict(pods, 'x', 0)))
  assert.equal(is.isGone(make.resourceExpired('')), false)
  assert.ok(is.isResourceExpired(make.resourceExpired('')))
  assert.ok(
    is.isTooManyRequests(errorFromStatus({ ...make.resourceExpired('').status, code: 429 })),
  )
  for (const anything of [undefined, null, 'text', new Error('x'), {}]) {
    assert.equal(is.isNotFound(anything), false)
  }
})

test('any other error becomes 500 without a reason', () => {
  const error = toStatusError(new TypeError('x is not a function'))
  assert.deepEqual([error.code, error.reason, error.message], [500, '', 'x is not a function'])
  const known = make.resourceExpired('old')
  assert.equal(toStatusError(new Error('wrapped', { cause: known })), known)
})

test('an answer without a Status is explained by its code', () => {
  const answer = (code: number, verb = 'GET', serverMessage = 'oops') =>
    genericServerResponse({ code, verb, serverMessage, resource: pods, name: 'x' })
  assert.equal(answer(404).message, 'the server could not find the requested resource (get pods x)')
  assert.equal(
    answer(502).message,
    'an error on the server ("oops") has prevented the request from succeeding (get pods x)',
  )
  assert.equal(answer(409, 'POST').reason, 'AlreadyExists')
  assert.equal(answer(409, 'PUT').reason, 'Conflict')
  const patch = genericServerResponse({ code: 422, serverMessage: 'missing', unexpected: true })
  assert.equal(patch.message, 'the server rejected our request due to an error in our request')
  assert.equal(is.statusCause(patch, 'UnexpectedServerResponse')?.message, 'missing')
  assert.equal(
    genericServerResponse({ code: 418, serverMessage: '' }).message,
    'the server responded with the status code 418 but did not return more information',
  )
})
