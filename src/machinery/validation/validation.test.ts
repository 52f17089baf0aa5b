import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FieldErrors, fieldErrorMessage } from '../fields/field-errors.ts'
import { fieldPath } from '../fields/field-path.ts'
import type { KubeObject } from '../meta/object.ts'
import { validateLabelSelector } from '../selectors/validate-label-selector.ts'
import { parseCidr, parseIp, validateCidr, validateIp } from './addresses.ts'
import * as formats from './formats.ts'
import { maxAnnotationBytes } from './meta-parts.ts'
import * as names from './names.ts'
import { validateImmutable, validateMetaOnCreate, validateMetaOnUpdate } from './object-meta.ts'
import { labelName, pathSegmentName, subdomainName } from './object-names.ts'
import { validateDeleteOptions, validatePatchOptions, validateWriteOptions } from './options.ts'

const messagesOf = (errors: FieldErrors) => errors.map(fieldErrorMessage)
const long = 'a'.repeat(254)

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const _dns1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const labelKey =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const labelValue =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const portCharacters = 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'

const checks: readonly [(value: string) => string[], string, string[]][] = [
  [names.checkDns1123Subdomain, 'a.b-c.1', []],
  [names.checkDns1123Subdomain, 'A', [subdomain]],
  [names.checkDns1123Subdomain, 'a\n', [subdomain]],
  [names.checkDns1123Subdomain, long, ['must be no more than 253 characters']],
  [names.checkDns1123Label, 'a-1', []],
  [names.checkDns1123Label, 'a.b', ['must not contain dots']],
  [names.checkDns1123Label, '-a', [label]],
  [names.checkDns1123Label, long, ['must be no more than 63 characters']],
  [names.checkDns1123SubdomainWithUnderscore, '_a.b', []],
  [names.checkWildcardDns1123Subdomain, '*.a.b', []],
  [names.checkQualifiedName, 'example.com/My_name.1', []],
  [names.checkQualifiedName, '', ['name part must be non-empty', `name part ${labelKey}`]],
  [names.checkQualifiedName, '/a', ['prefix part must be non-empty']],
  [names.checkQualifiedName, 'A/a', [`prefix part ${subdomain}`]],
  [
    names.checkQualifiedName,
    'a/b/c',
    [
      `a valid label key ${labelKey} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
  ],
  [names.checkQualifiedName, 'a'.repeat(64), ['name part must be no more than 63 characters']],
  [names.checkLabelValue, '', []],
  [names.checkLabelValue, 'a b', [labelValue]],
  [formats.checkPortName, 'http', []],
  [formats.checkPortName, '', [portCharacters, 'must contain at least one letter (a-z)']],
  [formats.checkPortName, '1-1', ['must contain at least one letter (a-z)']],
  [
    formats.checkPortName,
    '-a--b',
    ['must not contain consecutive hyphens', 'must not begin or end with a hyphen'],
  ],
  [formats.checkPortName, 'abcdefghijklmnop', ['must be no more than 15 characters']],
  [formats.checkPercent, '5%', []],
  [
    formats.checkPercent,
    '5',
    [
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
  ],
  [formats.checkEnvVarName, '1 weird-name$', []],
  [formats.checkEnvVarName, '', ['environment variable name must be non-empty']],
  [
    formats.checkEnvVarName,
    'a=b',
    [
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    ],
  ],
  [formats.checkConfigMapKey, '.hidden', []],
  [formats.checkConfigMapKey, '..', ["must not be '..'"]],
  [formats.checkConfigMapKey, '..a', ["must not start with '..'"]],
  [formats.checkHttpHeaderName, 'X-A', []],
]

for (const [check, given, want] of checks) {
  test(`${check.name} says of ${JSON.stringify(given.slice(0, 20))}: ${want.length === 0 ? 'fine' : want[0]?.slice(0, 60)}`, () => {
    assert.deepEqual(check(given), want)
  })
}

test('numbers are checked against their range', () => {
  assert.deepEqual(formats.checkPortNumber(0), ['must be between 1 and 65535, inclusive'])
  assert.deepEqual(formats.checkPortNumber(65535), [])
  assert.deepEqual(formats.checkUserId(-1), ['must be between 0 and 4294967295, inclusive'])
  assert.deepEqual(formats.checkGroupId(0), [])
})

test('names of objects follow their kind; a prefix may end in a dash', () => {
  assert.deepEqual(subdomainName('web-', true), [])
  assert.deepEqual(subdomainName('web-', false), [subdomain])
  assert.deepEqual(labelName('a.b', false), ['must not contain dots'])
  assert.deepEqual(pathSegmentName('system:node', false), [])
  assert.deepEqual(pathSegmentName('..', false), ["may not be '..'"])
  assert.deepEqual(pathSegmentName('a/b%', false), ["may not contain '/'", "may not contain '%'"])
})

test('domains and prefixed names are checked part by part', () => {
  const at = fieldPath('x')
  assert.deepEqual(formats.validateFullyQualifiedDomainName('a.b.', at), [])
  assert.deepEqual(messagesOf(formats.validateFullyQualifiedDomainName('', at)), [
    'x: Required value',
  ])
  assert.deepEqual(messagesOf(formats.validateFullyQualifiedDomainName('a', at)), [
    'x: Invalid value: "a": should be a domain with at least two segments separated by dots',
  ])
  assert.deepEqual(formats.validateDomainPrefixedPath('acme.io/foo', at), [])
  assert.deepEqual(messagesOf(formats.validateDomainPrefixedPath('foo', at)), [
    'x: Invalid value: "foo": must be a domain-prefixed path (such as "acme.io/foo")',
  ])
})

test('addresses are read leniently and rewritten canonically', () => {
  const table = [
    ['10.9.8.7', '10.9.8.7', 4, true],
    ['010.009.8.7', '10.9.8.7', 4, false],
    ['::ffff:1.2.3.4', '1.2.3.4', 4, false],
    ['2001:DB8:0:0::1', '2001:db8::1', 6, true],
    ['::', '::', 6, true],
  ] as const
  for (const [given, text, family, standard] of table) {
    const ip = parseIp(given)
    assert.deepEqual([ip?.text, ip?.family, ip?.standard], [text, family, standard], given)
  }
  for (const bad of ['', '1.2.3', '1.2.3.256', 'fe80::1%eth0', '0x1.2.3.4', 'x', '1.2.3.4/8']) {
    assert.equal(parseIp(bad), undefined, bad)
  }
})

test('networks clear their host bits', () => {
  assert.equal(parseCidr('10.9.8.7/24')?.text, '10.9.8.0/24')
  assert.equal(parseCidr('2001:db8::1/33')?.text, '2001:db8::/33')
  assert.equal(parseCidr('::ffff:10.0.0.1/104')?.text, '10.0.0.0/8')
  for (const bad of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '::/129']) {
    assert.equal(parseCidr(bad), undefined, bad)
  }
  const at = fieldPath('spec', 'cidr')
  assert.deepEqual(messagesOf(validateCidr('x', at)), [
    'spec.cidr: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ])
  assert.deepEqual(messagesOf(validateIp('x', at)), [
    'spec.cidr: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ])
})

const rules = { namespaced: true, checkName: subdomainName }
const create = (metadata: object, namespaced = true) =>
  messagesOf(validateMetaOnCreate({ metadata } as KubeObject, { ...rules, namespaced }))

test('metadata is checked on create', () => {
  assert.deepEqual(create({ name: 'a', namespace: 'b' }), [])
  assert.deepEqual(create({}), [
    'metadata.name: Required value: name or generateName is required',
    'metadata.namespace: Required value',
  ])
  assert.deepEqual(create({ name: 'a', namespace: 'b' }, false), [
    'metadata.namespace: Forbidden: not allowed on this type',
  ])
  assert.deepEqual(create({ name: 'A', namespace: 'b', generation: -1 }), [
    `metadata.name: Invalid value: "A": ${subdomain}`,
    'metadata.generation: Invalid value: -1: must be greater than or equal to 0',
  ])
  const meta = { name: 'a', namespace: 'b' }
  assert.deepEqual(create({ ...meta, labels: { 'a b': 'c d' } }), [
    `metadata.labels: Invalid value: "a b": name part ${labelKey}`,
    `metadata.labels: Invalid value: "c d": ${labelValue}`,
  ])
  assert.deepEqual(create({ ...meta, annotations: { 'EXAMPLE.com/a': 'any thing' } }), [])
  assert.deepEqual(create({ ...meta, annotations: { a: 'x'.repeat(maxAnnotationBytes) } }), [
    'metadata.annotations: Too long: may not be more than 262144 bytes',
  ])
  assert.deepEqual(create({ ...meta, finalizers: ['orphan', 'foregroundDeletion'] }), [
    'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
  ])
  assert.deepEqual(create({ ...meta, managedFields: [{ operation: 'x', fieldsType: 'y' }] }), [
    'metadata.managedFields[0].operation: Invalid value: "x": must be `Apply` or `Update`',
    'metadata.managedFields[0].fieldsType: Invalid value: "y": must be `FieldsV1`',
  ])
  const entry = { operation: 'Update', fieldsType: 'FieldsV1', manager: 'kubelet' }
  assert.deepEqual(create({ ...meta, managedFields: [entry] }), [])
  assert.deepEqual(create({ ...meta, managedFields: [entry, { ...entry, manager: 'a\n' }] }), [
    'metadata.managedFields[1].manager: Invalid value: "a\\n": invalid character U+000A (at position 1)',
  ])
  const long = 'x'.repeat(257)
  assert.deepEqual(create({ ...meta, managedFields: [{ ...entry, subresource: long }] }), [
    'metadata.managedFields[0].subresource: Too long: may not be more than 256 bytes',
  ])
})

test('owner references are checked one by one and together', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a', uid: 'u', controller: true }
  const errors = (ownerReferences: object[]) =>
    create({ name: 'a', namespace: 'b', ownerReferences })
  assert.deepEqual(errors([owner]), [])
  assert.deepEqual(errors([{ apiVersion: 'apps/' }]), [
    'metadata.ownerReferences.apiVersion: Invalid value: "apps/": version must not be empty',
    'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
    'metadata.ownerReferences.name: Invalid value: "": must not be empty',
    'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
  ])
  assert.match(
    errors([owner, { ...owner, name: 'c' }]).join(),
    /: Only one reference can have Controller set to true\. Found "true" in references for ReplicaSet\/a and ReplicaSet\/c$/,
  )
  assert.match(
    errors([{ apiVersion: 'v1', kind: 'Event', name: 'a', uid: 'u' }]).join(),
    /: \/v1, Kind=Event is disallowed from being an owner$/,
  )
})

test('metadata is checked on update', () => {
  const old = {
    name: 'a',
    namespace: 'b',
    uid: 'u',
    resourceVersion: '1',
    generation: 2,
    deletionTimestamp: '2026-01-01T00:00:00Z',
    finalizers: ['a.b/c'],
  }
  const update = (change: object) =>
    messagesOf(validateMetaOnUpdate({ metadata: { ...old, ...change } }, { metadata: old }))
  assert.deepEqual(update({}), [])
  assert.deepEqual(update({ resourceVersion: '', generation: 1 }), [
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    'metadata.generation: Invalid value: 1: must not be decremented',
  ])
  assert.deepEqual(update({ name: 'z', uid: undefined, deletionTimestamp: undefined }), [
    'metadata.name: Invalid value: "z": field is immutable',
    'metadata.uid: Invalid value: "": field is immutable',
    'metadata.deletionTimestamp: Invalid value: null: field is immutable',
  ])
  assert.deepEqual(update({ finalizers: ['a.b/c', 'a.b/d'] }), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/d"}',
  ])
  assert.deepEqual(validateImmutable([], undefined, fieldPath('x')), [])
})

test('options of writes are checked', () => {
  assert.deepEqual(messagesOf(validateWriteOptions({ dryRun: ['x'], fieldValidation: 'y' })), [
    'dryRun: Unsupported value: ["x"]: supported values: "All"',
    'fieldValidation: Unsupported value: "y": supported values: "", "Ignore", "Strict", "Warn"',
  ])
  assert.deepEqual(messagesOf(validateWriteOptions({ fieldManager: 'a\u00e9\n' })), [
    'fieldManager: Invalid value: "a\u00e9\\n": invalid character U+000A (at position 3)',
  ])
  assert.deepEqual(messagesOf(validatePatchOptions({ force: true }, false)), [
    'force: Forbidden: may not be specified for non-apply patch',
  ])
  assert.deepEqual(messagesOf(validatePatchOptions({}, true)), [
    'fieldManager: Required value: is required for apply patch',
  ])
  assert.deepEqual(
    messagesOf(validateDeleteOptions({ propagationPolicy: 'x', orphanDependents: true })),
    [
      'propagationPolicy: Invalid value: "x": orphanDependents and deletionPropagation cannot be both set',
      'propagationPolicy: Unsupported value: "x": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
  )
})

test('label selectors of objects are checked', () => {
  const errors = validateLabelSelector(
    {
      matchExpressions: [
        { key: 'a', operator: 'In' },
        { key: 'a', operator: 'Exists', values: ['x'] },
        { key: 'a', operator: 'Near' },
      ],
    },
    fieldPath('s'),
  )
  assert.deepEqual(messagesOf(errors), [
    "s.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    "s.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    's.matchExpressions[2].operator: Invalid value: "Near": not a valid selector operator',
  ])
})
