import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAuthenticationConfiguration } from './configuration.ts'
import { createStructuredAuthentication } from './structured-authentication.ts'

const own = 'https://kubernetes.default.svc'

/** A file whose only issuer has these members beside, or in place of, good ones. */
function file(more: object, others: readonly object[] = []): string {
  const issuer = { url: 'https://issuer-url', audiences: ['audience'] }
  const claimMappings = { username: { claim: 'sub', prefix: '' } }
  return JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: [{ issuer, claimMappings, ...more }, ...others],
  })
}

function faultOf(content: string): string {
  try {
    const configuration = parseAuthenticationConfiguration(content)
    createStructuredAuthentication(configuration, { ownIssuers: [own] })
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const issuer = (more: object) =>
  file({ issuer: { url: 'https://issuer-url', audiences: ['audience'], ...more } })
const mappings = (more: object) =>
  file({ claimMappings: { username: { claim: 'sub', prefix: '' }, ...more } })
const username = (expression: string, more: object = {}) =>
  file({ claimMappings: { username: { expression } }, ...more })
const rules = (...claimValidationRules: readonly object[]) => file({ claimValidationRules })
const undeclared = (at: string) =>
  `jwt[0].${at}: Invalid value: "foo.bar": compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo.bar\n | ^`
const unverified = (expression: string) =>
  `jwt[0].claimMappings.username.expression: Invalid value: ${JSON.stringify(expression)}: claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression`
const verified = [{ expression: 'claims.?email_verified.orValue(true) == true' }]
const extra = (key: string, valueExpression = 'claims.foo') =>
  mappings({ extra: [{ key, valueExpression }] })
const badKey = 'jwt[0].claimMappings.extra[0].key: Invalid value:'
const reserved = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'

/** The texts are those of upstream's own tests (`validation_test.go`). */
const cases: readonly (readonly [content: string, fault: string])[] = [
  [file({}), ''],
  ['{"apiVersion": "apiserver.config.k8s.io/v1beta1", "kind": "AuthenticationConfiguration"}', ''],
  [
    '{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwts": []}',
    'strict decoding error: unknown field "jwts"',
  ],
  [
    '{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "anonymous": {"enabled": false, "conditions": [{"path": "/livez"}]}}',
    'anonymous.conditions: Invalid value: [{"path":"/livez"}]: enabled should be set to true when conditions are defined',
  ],
  [issuer({ url: '' }), 'jwt[0].issuer.url: Required value'],
  [
    issuer({ url: 'invalid-url' }),
    'jwt[0].issuer.url: Invalid value: "invalid-url": URL scheme must be https',
  ],
  [
    issuer({ url: 'https://issuer-url:invalid-port' }),
    'jwt[0].issuer.url: Invalid value: "https://issuer-url:invalid-port": parse "https://issuer-url:invalid-port": invalid port ":invalid-port" after host',
  ],
  [
    issuer({ url: 'https://user:pass@issuer-url' }),
    'jwt[0].issuer.url: Invalid value: "https://user:pass@issuer-url": URL must not contain a username or password',
  ],
  [
    issuer({ url: 'https://issuer-url?query' }),
    'jwt[0].issuer.url: Invalid value: "https://issuer-url?query": URL must not contain a query',
  ],
  [
    issuer({ url: 'https://issuer-url#fragment' }),
    'jwt[0].issuer.url: Invalid value: "https://issuer-url#fragment": URL must not contain a fragment',
  ],
  [
    issuer({ url: own }),
    `jwt[0].issuer.url: Invalid value: "${own}": URL must not overlap with disallowed issuers: [${own}]`,
  ],
  [
    issuer({ discoveryURL: 'https://issuer-url///' }),
    'jwt[0].issuer.discoveryURL: Invalid value: "https://issuer-url///": discoveryURL must be different from URL',
  ],
  [
    issuer({ audiences: [] }),
    'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required',
  ],
  [issuer({ audiences: [''] }), 'jwt[0].issuer.audiences[0]: Required value'],
  [
    issuer({ audiences: ['a', 'a'], audienceMatchPolicy: 'MatchAny' }),
    'jwt[0].issuer.audiences[1]: Duplicate value: "a"',
  ],
  [
    issuer({ audiences: ['a', 'b'] }),
    'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
  ],
  [
    issuer({ audienceMatchPolicy: 'MatchExact' }),
    'jwt[0].issuer.audienceMatchPolicy: Invalid value: "MatchExact": audienceMatchPolicy must be empty or MatchAny for single audience',
  ],
  [
    issuer({ certificateAuthority: 'x' }),
    'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates',
  ],
  [
    issuer({ egressSelectorType: 'panda' }),
    'jwt[0].issuer.egressSelectorType: Invalid value: "panda": egress selector must be either controlplane or cluster',
  ],
  [
    issuer({ egressSelectorType: 'cluster' }),
    'oidc: egress lookup required with egress selector type "cluster"',
  ],
  [
    file({}, [JSON.parse(file({})).jwt[0]]),
    'jwt[1].issuer.url: Duplicate value: "https://issuer-url"',
  ],
  [rules({}), 'jwt[0].claimValidationRules[0]: Required value: claim or expression is required'],
  [
    rules({ claim: 'claim', expression: 'true' }),
    `jwt[0].claimValidationRules[0]: Invalid value: "claim": claim and expression can't both be set`,
  ],
  [
    rules({ claim: 'claim', message: 'message' }),
    'jwt[0].claimValidationRules[0].message: Invalid value: "message": may not be specified when claim is set',
  ],
  [
    rules({ expression: 'claims.foo == "bar"', requiredValue: 'value' }),
    'jwt[0].claimValidationRules[0].requiredValue: Invalid value: "value": may not be specified when expression is set',
  ],
  [
    rules({ claim: 'claim' }, { claim: 'claim' }),
    'jwt[0].claimValidationRules[1].claim: Duplicate value: "claim"',
  ],
  [
    rules({ expression: "claims.foo == 'bar'" }, { expression: "claims.foo == 'bar'" }),
    `jwt[0].claimValidationRules[1].expression: Duplicate value: "claims.foo == 'bar'"`,
  ],
  [rules({ expression: 'foo.bar' }), undeclared('claimValidationRules[0].expression')],
  [
    rules({ expression: 'claims.foo' }),
    'jwt[0].claimValidationRules[0].expression: Invalid value: "claims.foo": must evaluate to bool',
  ],
  [
    file({ claimMappings: { username: { claim: 'a', expression: 'claims.b' } } }),
    `jwt[0].claimMappings.username: Invalid value: "": claim and expression can't both be set`,
  ],
  [
    file({ claimMappings: {} }),
    'jwt[0].claimMappings.username: Required value: claim or expression is required',
  ],
  [
    file({ claimMappings: { username: { prefix: 'prefix', expression: 'claims.b' } } }),
    'jwt[0].claimMappings.username.prefix: Invalid value: "prefix": may not be specified when expression is set',
  ],
  [
    file({ claimMappings: { username: { claim: 'claim' } } }),
    'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
  ],
  [username('foo.bar'), undeclared('claimMappings.username.expression')],
  [mappings({ groups: { expression: 'foo.bar' } }), undeclared('claimMappings.groups.expression')],
  [
    mappings({ uid: { claim: 'claim', expression: 'claims.b' } }),
    `jwt[0].claimMappings.uid: Invalid value: "": claim and expression can't both be set`,
  ],
  [mappings({ uid: { expression: 'foo.bar' } }), undeclared('claimMappings.uid.expression')],
  [extra(''), 'jwt[0].claimMappings.extra[0].key: Required value'],
  [extra('example.org/a', ''), 'jwt[0].claimMappings.extra[0].valueExpression: Required value'],
  [extra('example.org/a', 'foo.bar'), undeclared('claimMappings.extra[0].valueExpression')],
  [extra('foo'), `${badKey} "foo": must be a domain-prefixed path (such as "acme.io/foo")`],
  [extra('example.org/Foo'), `${badKey} "example.org/Foo": must be lowercase`],
  [extra('k8s.io/foo'), `${badKey} "k8s.io/foo": ${reserved}`],
  [extra('example.kubernetes.io/foo'), `${badKey} "example.kubernetes.io/foo": ${reserved}`],
  [
    mappings({
      extra: [
        { key: 'example.org/foo', valueExpression: 'claims.foo' },
        { key: 'example.org/foo', valueExpression: 'claims.bar' },
      ],
    }),
    'jwt[0].claimMappings.extra[1].key: Duplicate value: "example.org/foo"',
  ],
  ...[
    'claims.email',
    'claims.?email',
    '{claims.?email: "panda"}',
    '{"fancy": claims.?email}',
    '["a"].map(i, i + claims.email)',
    'has(claims.email) ? claims.email : claims.sub',
    'claims.email.trim()',
    `['yay', string(claims.email), 'panda'].join(' ')`,
  ].map((expression) => [username(expression), unverified(expression)] as const),
  [username('claims.email', { claimValidationRules: verified }), ''],
  [username('claims.email_verified ? claims.email : ""'), ''],
  [username('claims.sub.email'), ''],
  [file({ userValidationRules: [{}] }), 'jwt[0].userValidationRules[0].expression: Required value'],
  [
    file({ userValidationRules: [{ expression: 'user.username' }] }),
    'jwt[0].userValidationRules[0].expression: Invalid value: "user.username": must evaluate to bool',
  ],
  [
    file({
      userValidationRules: [
        { expression: "user.username == 'foo'" },
        { expression: "user.username == 'foo'" },
      ],
    }),
    `jwt[0].userValidationRules[1].expression: Duplicate value: "user.username == 'foo'"`,
  ],
  [
    file({ userValidationRules: [{ expression: 'foo.bar' }] }),
    undeclared('userValidationRules[0].expression'),
  ],
]

for (const [i, [content, fault]] of cases.entries()) {
  const title = fault === '' ? 'nothing is wrong' : fault.split('\n')[0]?.slice(0, 100)
  test(`of an AuthenticationConfiguration: ${title} (${i})`, () => {
    assert.equal(faultOf(content), fault)
  })
}
