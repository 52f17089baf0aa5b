import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MutatingWebhook } from '../../../generated/types/admissionregistration-v1.ts'
import { refusalsOf, updateRefusalsOf } from '../../../shared/refusals-fixture.ts'
import { mutatingWebhookConfigurations } from '../mutating-webhook-configuration/index.ts'
import { validatingWebhookConfigurations } from '../validating-webhook-configuration/index.ts'

const webhook: MutatingWebhook = {
  name: 'hook.example.com',
  clientConfig: { url: 'https://hook.example.com/mutate' },
  rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
}
const clusterWide = { name: 'a', namespace: '' }
const configuration = (...changes: readonly Partial<MutatingWebhook>[]) => ({
  metadata: clusterWide,
  webhooks: changes.map((each) => ({ ...webhook, ...each })),
})
const refusals = (...changes: readonly Partial<MutatingWebhook>[]) =>
  refusalsOf(mutatingWebhookConfigurations, configuration(...changes))

test('a configuration gets upstream’s defaults, and a second time none', () => {
  const { default: withDefaults } = mutatingWebhookConfigurations.strategy
  const service = { namespace: 'n', name: 's' }
  const defaulted = withDefaults?.(configuration({ clientConfig: { service } }))
  assert.deepEqual(defaulted?.webhooks, [
    {
      ...webhook,
      clientConfig: { service: { ...service, port: 443 } },
      rules: [{ ...webhook.rules?.[0], scope: '*' }],
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      reinvocationPolicy: 'Never',
    },
  ])
  assert.equal(defaulted && withDefaults?.(defaulted), defaulted)
  const validating = validatingWebhookConfigurations.strategy.default?.(configuration({}))
  assert.equal(validating?.webhooks?.[0] && 'reinvocationPolicy' in validating.webhooks[0], false)
})

const label =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const rule = (change: object) => ({ rules: [{ ...webhook.rules?.[0], ...change }] })
const cases: readonly [
  name: string,
  change: Partial<MutatingWebhook>,
  errors: readonly string[],
][] = [
  ['is right', {}, []],
  ['has no name', { name: '' }, ['webhooks[0].name: Required value']],
  [
    'has a short name',
    { name: 'a.b' },
    [
      'webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
    ],
  ],
  [
    'does nothing by its rules',
    rule({ operations: [], apiGroups: [], apiVersions: [], resources: [] }),
    ['operations', 'apiGroups', 'apiVersions', 'resources'].map(
      (field) => `webhooks[0].rules[0].${field}: Required value`,
    ),
  ],
  [
    'does everything and more',
    rule({
      operations: ['*', 'CREATE'],
      apiGroups: ['*', 'apps'],
      apiVersions: ['*', 'v1'],
      resources: ['*/*', 'pods'],
      scope: 'Some',
    }),
    [
      `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
      `webhooks[0].rules[0].apiGroups: Invalid value: ["*","apps"]: if '*' is present, must not specify other API groups`,
      `webhooks[0].rules[0].apiVersions: Invalid value: ["*","v1"]: if '*' is present, must not specify other API versions`,
      `webhooks[0].rules[0].resources: Invalid value: ["*/*","pods"]: if '*/*' is present, must not specify other resources`,
      'webhooks[0].rules[0].scope: Unsupported value: "Some": supported values: "*", "Cluster", "Namespaced"',
    ],
  ],
  [
    'has resources that others cover',
    rule({
      operations: ['MAKE'],
      resources: ['pods/*', 'pods/exec', '*/status', 'a/status', '', '*', 'x'],
    }),
    [
      'webhooks[0].rules[0].operations[0]: Unsupported value: "MAKE": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
      `webhooks[0].rules[0].resources[1]: Invalid value: "pods/exec": if 'pods/*' is present, must not specify pods/exec`,
      `webhooks[0].rules[0].resources[3]: Invalid value: "a/status": if '*/status' is present, must not specify a/status`,
      'webhooks[0].rules[0].resources[4]: Required value',
      `webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/exec","*/status","a/status","","*","x"]: if '*' is present, must not specify other resources without subresources`,
    ],
  ],
  [
    'has policies that nobody knows',
    {
      failurePolicy: 'Retry',
      matchPolicy: 'Near',
      sideEffects: 'Some',
      timeoutSeconds: 31,
      reinvocationPolicy: 'Always',
    },
    [
      'webhooks[0].failurePolicy: Unsupported value: "Retry": supported values: "Fail", "Ignore"',
      'webhooks[0].matchPolicy: Unsupported value: "Near": supported values: "Equivalent", "Exact"',
      'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
      'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
      'webhooks[0].reinvocationPolicy: Unsupported value: "Always": supported values: "IfNeeded", "Never"',
    ],
  ],
  [
    'can be called in two ways',
    {
      clientConfig: { url: 'https://a', service: { namespace: 'n', name: 's' } },
      namespaceSelector: { matchLabels: { 'a b': 'c' } },
    },
    [
      `webhooks[0].namespaceSelector.matchLabels: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
    ],
  ],
  [
    'is called without encryption',
    { clientConfig: { url: 'http://a/b?c#d' } },
    [
      `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      'webhooks[0].clientConfig.url: Invalid value: "d": fragments are not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "c": query parameters are not permitted in the URL',
    ],
  ],
  [
    'reads no review that is sent',
    { admissionReviewVersions: ['v2', 'v2', 'V'] },
    [
      'webhooks[0].admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
      `webhooks[0].admissionReviewVersions[2]: Invalid value: "V": ${label}`,
      'webhooks[0].admissionReviewVersions: Invalid value: ["v2","v2","V"]: must include at least one of v1, v1beta1',
    ],
  ],
  [
    'reads no review at all',
    { admissionReviewVersions: [] },
    ['webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1'],
  ],
  [
    'has conditions that are none',
    {
      matchConditions: [
        { name: 'a', expression: ' ' },
        { name: 'a', expression: 'object.x' },
        { name: '', expression: 'request.nobody == ""' },
        { name: 'b', expression: 'authorizer.requestResource.check("get").allowed()' },
        { name: 'c', expression: 'namespaceObject.metadata.name == request.userInfo.groups[0]' },
      ],
    },
    [
      'webhooks[0].matchConditions[0].expression: Required value',
      'webhooks[0].matchConditions[1].expression: Invalid value: "object.x": must evaluate to bool but got dyn',
      'webhooks[0].matchConditions[1].name: Duplicate value: "a"',
      `webhooks[0].matchConditions[2].expression: Invalid value: "request.nobody == \\"\\"": compilation failed: ERROR: <input>:1:8: undefined field 'nobody'\n | request.nobody == ""\n | .......^`,
      'webhooks[0].matchConditions[2].name: Required value',
    ],
  ],
]
for (const [name, change, errors] of cases) {
  test(`a webhook that ${name} is told so`, () => assert.deepEqual(refusals(change), errors))
}

test('a webhook says what its side effects are', () => {
  const { sideEffects: _, ...silent } = webhook
  // Cast: what a client may leave out.
  const object = { metadata: clusterWide, webhooks: [silent as MutatingWebhook] }
  assert.deepEqual(refusalsOf(mutatingWebhookConfigurations, object), [
    'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
  ])
})

test('two webhooks of a configuration have two names', () => {
  assert.deepEqual(refusals({}, {}), ['webhooks[1].name: Duplicate value: "hook.example.com"'])
})

test('an update may leave what an older server has taken', () => {
  const loose = [
    { sideEffects: 'Unknown', admissionReviewVersions: ['v2'] },
    { sideEffects: 'Some', matchConditions: [{ name: 'a', expression: 'object.x' }] },
  ]
  const before = configuration(...loose)
  const relabelled = { ...before, metadata: { ...clusterWide, labels: { a: 'b' } } }
  assert.deepEqual(updateRefusalsOf(mutatingWebhookConfigurations, before, relabelled), [])
  const [first] = loose
  assert.deepEqual(
    updateRefusalsOf(mutatingWebhookConfigurations, configuration({}), configuration({ ...first })),
    [
      'webhooks[0].sideEffects: Unsupported value: "Unknown": supported values: "None", "NoneOnDryRun"',
      'webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ],
  )
})
