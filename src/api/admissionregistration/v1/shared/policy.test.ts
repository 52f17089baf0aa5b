import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  MutatingAdmissionPolicySpec,
  Mutation,
  ParamRef,
  ValidatingAdmissionPolicySpec,
} from '../../../generated/types/admissionregistration-v1.ts'
import { refusalsOf, storedForm, updateRefusalsOf } from '../../../shared/refusals-fixture.ts'
import { mutatingAdmissionPolicies } from '../mutating-admission-policy/index.ts'
import { mutatingAdmissionPolicyBindings } from '../mutating-admission-policy-binding/index.ts'
import { validatingAdmissionPolicies } from '../validating-admission-policy/index.ts'
import { validatingAdmissionPolicyBindings } from '../validating-admission-policy-binding/index.ts'

const metadata = { name: 'a', namespace: '' }
const rule = {
  operations: ['CREATE'],
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  resources: ['deployments'],
}
const validating: ValidatingAdmissionPolicySpec = {
  matchConstraints: { resourceRules: [rule] },
  validations: [{ expression: 'object.spec.replicas <= 5' }],
}
const mutating: MutatingAdmissionPolicySpec = {
  matchConstraints: { resourceRules: [rule] },
  mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
  reinvocationPolicy: 'Never',
}
const refusals = (change: ValidatingAdmissionPolicySpec) =>
  refusalsOf(validatingAdmissionPolicies, { metadata, spec: { ...validating, ...change } })
const mutatingRefusals = (change: MutatingAdmissionPolicySpec) =>
  refusalsOf(mutatingAdmissionPolicies, { metadata, spec: { ...mutating, ...change } })

test('a policy gets upstream’s defaults, and a second time none', () => {
  const { default: withDefaults } = validatingAdmissionPolicies.strategy
  const defaulted = withDefaults?.({ metadata, spec: validating })
  assert.deepEqual(defaulted?.spec, {
    ...validating,
    failurePolicy: 'Fail',
    matchConstraints: {
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      resourceRules: [{ ...rule, scope: '*' }],
    },
  })
  assert.equal(defaulted && withDefaults?.(defaulted), defaulted)
  const stored = storedForm(validatingAdmissionPolicies, {
    metadata,
    spec: validating,
    status: { observedGeneration: 3 },
  })
  assert.deepEqual(stored.status, {})
})

const cases: readonly [
  name: string,
  change: ValidatingAdmissionPolicySpec,
  errors: readonly string[],
][] = [
  ['is right', {}, []],
  [
    'matches nothing',
    { matchConstraints: {} },
    ['spec.matchConstraints.resourceRules: Required value'],
  ],
  [
    'fails in a way that nobody knows',
    { failurePolicy: 'Retry' },
    ['spec.failurePolicy: Unsupported value: "Retry": supported values: "Fail", "Ignore"'],
  ],
  [
    'has no validations',
    { validations: [] },
    ['spec.validations', 'spec.auditAnnotations'].map(
      (field) =>
        `${field}: Required value: validations or auditAnnotations must contain at least one item`,
    ),
  ],
  [
    'has validations that are none',
    {
      validations: [
        { expression: ' ' },
        { expression: 'object.x', message: ' ', messageExpression: ' ' },
        { expression: '1 +', message: 'a\nb', reason: 'Gone' },
        { expression: 'true', messageExpression: 'authorizer.path("/").check("get").reason()' },
        { expression: 'variables.a', messageExpression: '1' },
      ],
    },
    [
      'spec.validations[0].expression: Required value: expression is not specified',
      'spec.validations[1].expression: Invalid value: "object.x": must evaluate to bool but got dyn',
      'spec.validations[1].messageExpression: Invalid value: " ": must be non-empty if specified',
      'spec.validations[1].message: Invalid value: " ": must be non-empty if specified',
      'spec.validations[2].expression: Invalid value: "1 +": compilation failed: ERROR: <input>:1:4: Syntax error: unexpected token: EOF\n | 1 +\n | ...^',
      'spec.validations[2].message: Invalid value: "a\\nb": must not contain line breaks',
      'spec.validations[2].reason: Unsupported value: "Gone": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      `spec.validations[3].messageExpression: Invalid value: "authorizer.path(\\"/\\").check(\\"get\\").reason()": compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer' (in container '')\n | authorizer.path("/").check("get").reason()\n | ^`,
      `spec.validations[4].expression: Invalid value: "variables.a": compilation failed: ERROR: <input>:1:1: undeclared reference to 'variables' (in container '')\n | variables.a\n | ^`,
      'spec.validations[4].messageExpression: Invalid value: "1": must evaluate to string but got int',
    ],
  ],
  [
    'has variables that are none',
    {
      variables: [
        { name: '', expression: '1' },
        { name: 'in', expression: '' },
        { name: 'a', expression: '[1]' },
        { name: 'b', expression: 'variables.a[0] + "x"' },
        { name: 'c', expression: 'variables.d' },
        { name: 'd', expression: 'variables.a[0] + 1' },
      ],
      validations: [{ expression: 'variables.d == variables.a' }],
    },
    [
      'spec.variables[0].name: Required value: name is not specified',
      'spec.variables[1].name: Invalid value: "in": must be a valid CEL identifier',
      'spec.variables[1].expression: Required value: expression is not specified',
      `spec.variables[3].expression: Invalid value: "variables.a[0] + \\"x\\"": compilation failed: ERROR: <input>:1:16: found no matching overload for '_+_' applied to '(int, string)'\n | variables.a[0] + "x"\n | ...............^`,
      `spec.variables[4].expression: Invalid value: "variables.d": compilation failed: ERROR: <input>:1:10: undefined field 'd'\n | variables.d\n | .........^`,
      `spec.validations[0].expression: Invalid value: "variables.d == variables.a": compilation failed: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(int, list(int))'\n | variables.d == variables.a\n | ............^`,
    ],
  ],
  [
    'has annotations that are none',
    {
      auditAnnotations: [
        { key: 'a b', valueExpression: '"x"' },
        { key: 'a', valueExpression: '1' },
        { key: 'a', valueExpression: '' },
        { key: 'long', valueExpression: `"${'x'.repeat(5200)}"` },
      ],
    },
    [
      `spec.auditAnnotations[0].key: Invalid value: "a/a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      'spec.auditAnnotations[1].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
      'spec.auditAnnotations[2].valueExpression: Required value: valueExpression is not specified',
      'spec.auditAnnotations[2].key: Duplicate value: "a"',
      'spec.auditAnnotations[3].valueExpression: Required value: must not exceed 5120 bytes in length',
    ],
  ],
  [
    'has parameters of no kind',
    {
      paramKind: { apiVersion: 'a/b/c', kind: 'A_' },
      matchConditions: [{ name: 'a', expression: 'params.x' }],
    },
    [
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      `spec.paramKind.kind: Invalid value: "A_": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
      'spec.matchConditions[0].expression: Invalid value: "params.x": must evaluate to bool but got dyn',
    ],
  ],
  [
    'reads parameters that it has not declared',
    { validations: [{ expression: 'params.x == 1' }] },
    [
      `spec.validations[0].expression: Invalid value: "params.x == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^`,
    ],
  ],
]
for (const [name, change, errors] of cases) {
  test(`a validating policy that ${name} is told so`, () =>
    assert.deepEqual(refusals(change), errors))
}

const patch = (patchType: string, expression: string): Mutation =>
  patchType === 'JSONPatch'
    ? { patchType, jsonPatch: { expression } }
    : { patchType, applyConfiguration: { expression } }

test('a mutating policy is told what is wrong with its mutations', () => {
  assert.deepEqual(mutatingRefusals({}), [])
  assert.deepEqual(mutatingRefusals({ mutations: [], reinvocationPolicy: 'Often' }), [
    'spec.mutations: Required value: mutations must contain at least one item',
    'spec.reinvocationPolicy: Unsupported value: "Often": supported values: "IfNeeded", "Never"',
  ])
  assert.deepEqual(
    mutatingRefusals({
      mutations: [
        { patchType: '' },
        { patchType: 'Merge' },
        { patchType: 'JSONPatch', applyConfiguration: { expression: 'Object{}' } },
        patch('JSONPatch', 'Object{}'),
        patch('JSONPatch', '[JSONPatch{op: "add", path: "/a", value: 1}]'),
        patch('ApplyConfiguration', ' Object{a: 1 '),
        patch('ApplyConfiguration', ''),
      ],
    }),
    [
      'spec.mutations[0].patchType: Required value',
      'spec.mutations[1].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"',
      'spec.mutations[2].jsonPatch: Required value: must be specified when patchType is JSONPatch',
      'spec.mutations[2].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
      'spec.mutations[3].jsonPatch.expression: Invalid value: "Object{}": must evaluate to list(JSONPatch) but got Object',
      'spec.mutations[5].applyConfiguration.expression: Invalid value: "Object{a: 1": compilation failed: ERROR: <input>:1:12: Syntax error: expected RBRACE, got EOF\n | Object{a: 1\n | ...........^',
      'spec.mutations[6].applyConfiguration.expression: Required value',
    ],
  )
  const deleting = { resourceRules: [{ ...rule, operations: ['DELETE'] }] }
  const unsupported =
    'operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"'
  assert.deepEqual(mutatingRefusals({ matchConstraints: deleting }), [
    `spec.matchConstraints.resourceRules.${unsupported}`,
  ])
  const binding = { metadata, spec: { policyName: 'p', matchResources: deleting } }
  assert.deepEqual(refusalsOf(mutatingAdmissionPolicyBindings, binding), [
    `spec.matchResources.resourceRules.${unsupported}`,
  ])
})

const binding = (paramRef: ParamRef, validationActions: readonly string[] = ['Deny']) =>
  refusalsOf(validatingAdmissionPolicyBindings, {
    metadata,
    spec: { policyName: 'p', paramRef, validationActions },
  })

test('a binding is told what is wrong with it', () => {
  assert.deepEqual(binding({ name: 'a', parameterNotFoundAction: 'Deny' }), [])
  assert.deepEqual(
    binding({ name: 'a/b', selector: {}, parameterNotFoundAction: 'Ask' }, [
      'Deny',
      'Warn',
      'Deny',
      'Shout',
    ]),
    [
      `spec.paramRef.name: Invalid value: "a/b": may not contain '/'`,
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.parameterNotFoundAction: Unsupported value: "Ask": supported values: "Deny", "Allow"',
      'spec.validationActions[2]: Duplicate value: "Deny"',
      'spec.validationActions[3]: Unsupported value: "Shout": supported values: "Audit", "Deny", "Warn"',
      'spec.validationActions: Invalid value: ["Deny","Warn","Deny","Shout"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
  )
  assert.deepEqual(
    refusalsOf(validatingAdmissionPolicyBindings, {
      metadata,
      spec: { policyName: '', paramRef: {}, validationActions: [] },
    }),
    [
      'spec.policyName: Required value',
      'spec.paramRef: Required value: one of name or selector must be specified',
      'spec.paramRef.parameterNotFoundAction: Required value',
      'spec.validationActions: Required value: at least one validation action is required',
    ],
  )
})

test('conditions that were accepted once are not looked at again', () => {
  const spec = { ...validating, matchConditions: [{ name: 'a', expression: 'object.x' }] }
  const before = { metadata, spec }
  const relabelled = { ...before, metadata: { ...metadata, labels: { a: 'b' } } }
  assert.deepEqual(updateRefusalsOf(validatingAdmissionPolicies, before, relabelled), [])
})

test('columns name the parameters as upstream prints them', () => {
  const shown = (paramRef: ParamRef) =>
    validatingAdmissionPolicyBindings.columns[2]?.value(
      storedForm(validatingAdmissionPolicyBindings, {
        metadata,
        spec: { policyName: 'p', paramRef, validationActions: ['Deny'] },
      }),
      0,
    )
  assert.equal(shown({ name: 'a' }), '*/a')
  assert.equal(shown({ name: 'a', namespace: 'n' }), 'n/a')
  assert.equal(
    shown({
      selector: {
        matchLabels: { b: 'c', a: 'b' },
        matchExpressions: [{ key: 'x', operator: 'In', values: ['1', '2'] }],
      },
    }),
    '&LabelSelector{MatchLabels:map[string]string{a: b,b: c,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:x,Operator:In,Values:[1 2],},},}',
  )
})

test('the status of a policy is held to its form', () => {
  const { subresources } = validatingAdmissionPolicies
  const part = subresources?.status
  assert.ok(part?.kind === 'part')
  const stored = storedForm(validatingAdmissionPolicies, { metadata, spec: validating })
  const errors = part.validateUpdate(
    {
      ...stored,
      status: {
        typeChecking: {
          expressionWarnings: [
            { fieldRef: 'spec.validations[0].expression', warning: 'w' },
            { fieldRef: '', warning: '' },
          ],
        },
        conditions: [
          { type: 'a', status: 'Maybe', reason: '1', message: '', lastTransitionTime: '' },
        ],
      },
    },
    stored,
  )
  assert.deepEqual(
    errors.map(({ field, type }) => [field, type]),
    [
      ['status.typeChecking.expressionWarnings[1].warning', 'FieldValueRequired'],
      ['status.typeChecking.expressionWarnings[1].fieldRef', 'FieldValueRequired'],
      ['status.conditions[0].status', 'FieldValueNotSupported'],
      ['status.conditions[0].lastTransitionTime', 'FieldValueRequired'],
      ['status.conditions[0].reason', 'FieldValueInvalid'],
    ],
  )
})
