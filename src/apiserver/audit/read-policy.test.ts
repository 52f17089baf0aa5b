import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeJson } from '#machinery'
import { readAuditPolicy } from './read-policy.ts'

const head = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' }
const read = (policy: object) => readAuditPolicy(encodeJson({ ...head, ...policy }), '/p.yaml')

test('a policy of upstream is read whole', () => {
  const text = `
apiVersion: audit.k8s.io/v1
kind: Policy
metadata: {name: mine}
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- level: None
  users: ["system:kube-proxy"]
  userGroups: ["system:nodes"]
  verbs: [watch]
  resources:
  - group: ""
    resources: [endpoints, services/status]
    resourceNames: [a]
  namespaces: [""]
  omitManagedFields: false
- level: Metadata
  nonResourceURLs: ["/healthz*", /version, "*"]
  omitStages: [Panic]
`
  const policy = readAuditPolicy(text, '/p.yaml')
  assert.deepEqual(
    policy.rules.map(({ level }) => level),
    ['None', 'Metadata'],
  )
  assert.deepEqual(policy.omitStages, ['RequestReceived'])
  assert.deepEqual(policy.rules[0]?.resources, [
    { resources: ['endpoints', 'services/status'], resourceNames: ['a'], group: '' },
  ])
})

const rule = (fields: object) => ({ rules: [{ level: 'Metadata', ...fields }] })

/** Policies that upstream refuses, and why in its words. */
const refused: readonly (readonly [policy: object, why: string])[] = [
  [{}, 'loaded illegal policy with 0 rules'],
  [{ rules: [{}] }, 'rules[0].level: Required value'],
  [
    { rules: [{ level: 'All' }] },
    'rules[0].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"',
  ],
  [
    rule({ nonResourceURLs: ['/a'], namespaces: ['b'] }),
    'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
  ],
  [
    rule({ nonResourceURLs: ['a', '/*/b'] }),
    `[rules[0].nonResourceURLs[0]: Invalid value: "a": non-resource URL rules must begin with a '/' character, rules[0].nonResourceURLs[1]: Invalid value: "/*/b": non-resource URL wildcards '*' must be the final character of the rule]`,
  ],
  [
    rule({ resources: [{ resourceNames: ['a'] }] }),
    'rules[0].resources.resourceNames: Invalid value: ["a"]: using resourceNames requires at least one resource',
  ],
  [
    rule({ omitStages: ['Later'] }),
    'rules[0].omitStages[0]: Invalid value: "Later": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
  ],
  [rule({ namespace: 'a' }), 'strict decoding error: unknown field "rules[0].namespace"'],
  [
    rule({ users: 'me' }),
    'failed decoding: json: cannot unmarshal string into Go struct field PolicyRule.rules.users of type []string',
  ],
  [
    { ...rule({}), apiVersion: 'audit.k8s.io/v1beta1' },
    'failed decoding: no kind "Policy" is registered for version "audit.k8s.io/v1beta1"',
  ],
]

for (const [policy, why] of refused) {
  test(`a policy is refused: ${why}`, () => {
    const message = `loading audit policy file: ${why}: from file /p.yaml`
    assert.throws(() => read(policy), { code: 'BadAuditPolicy', message })
  })
}

test('a group with a version in it is no group', () => {
  const policy = rule({ resources: [{ group: 'rbac.authorization.k8s.io/v1' }] })
  assert.throws(
    () => read(policy),
    /rules\[0\]\.resources\.group: Invalid value: .*RFC 1123 subdomain/,
  )
})
