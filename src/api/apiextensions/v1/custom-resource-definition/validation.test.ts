import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject, Stored } from '#machinery'
import { fieldErrorMessage } from '#machinery/validation'
import type {
  CustomResourceDefinition,
  WebhookClientConfig,
} from '../../../generated/types/apiextensions-v1.ts'
import { withDefinitionDefaults } from './defaults.ts'
import { customResourceDefinitions } from './index.ts'

type Version = CustomResourceDefinition['spec']['versions'][number]

const schema = { openAPIV3Schema: { type: 'object' } }
const v1: Version = { name: 'v1', served: true, storage: true, schema }

function definition(
  spec: Partial<CustomResourceDefinition['spec']> = {},
  more: Partial<CustomResourceDefinition> = {},
): CustomResourceDefinition {
  return withDefinitionDefaults({
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [v1],
      ...spec,
    },
    status: { storedVersions: ['v1'] },
    ...more,
  })
}

const errorsOf = (object: CustomResourceDefinition) =>
  customResourceDefinitions.strategy.validate(object).map(fieldErrorMessage)

const label =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const versions = (...all: readonly Partial<Version>[]) => ({
  versions: all.map((each) => ({ ...v1, ...each })),
})
const names = (more: object) => ({ names: { plural: 'widgets', kind: 'Widget', ...more } })
const webhook = (clientConfig: WebhookClientConfig | undefined, versions = ['v1']) => ({
  conversion: {
    strategy: 'Webhook',
    webhook: { ...(clientConfig && { clientConfig }), conversionReviewVersions: versions },
  },
})

const refusals: readonly (readonly [string, CustomResourceDefinition, readonly string[]])[] = [
  ['nothing', definition(), []],
  [
    'a name that is not that of the kind',
    definition({}, { metadata: { name: 'other.example.com' } }),
    ['metadata.name: Invalid value: "other.example.com": must be spec.names.plural+"."+spec.group'],
  ],
  [
    'a group without a dot',
    definition({ group: 'example' }, { metadata: { name: 'widgets.example' } }),
    ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
  ],
  [
    'a scope that is none',
    definition({ scope: 'World' }),
    ['spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
  ],
  [
    'names that are no labels',
    definition(names({ shortNames: ['W'], categories: ['1'], singular: 'a.b' })),
    [
      `spec.names.singular: Invalid value: "a.b": ${label}`,
      `spec.names.shortNames[0]: Invalid value: "W": ${label}`,
      `spec.names.categories[0]: Invalid value: "1": ${label}`,
    ],
  ],
  [
    'a list that is called as the kind',
    definition(names({ listKind: 'Widget' })),
    ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
  ],
  [
    'a version twice, and two that are stored',
    definition(versions({}, {})),
    [
      'spec.versions: Invalid value: [{"name":"v1","schema":{"openAPIV3Schema":{"type":"object"}},"served":true,"storage":true},{"name":"v1","schema":{"openAPIV3Schema":{"type":"object"}},"served":true,"storage":true}]: must contain unique version names',
      'spec.versions: Invalid value: [{"name":"v1","schema":{"openAPIV3Schema":{"type":"object"}},"served":true,"storage":true},{"name":"v1","schema":{"openAPIV3Schema":{"type":"object"}},"served":true,"storage":true}]: must have exactly one version marked as storage version',
    ],
  ],
  [
    'no schema',
    definition({ versions: [{ name: 'v1', served: true, storage: true }] }),
    ['spec.versions[0].schema.openAPIV3Schema: Required value'],
  ],
  [
    'columns that nobody can show, placed above the versions where all say the same',
    definition(
      versions({
        additionalPrinterColumns: [{ name: '', type: 'text', format: 'x', jsonPath: 'spec' }],
      }),
    ),
    [
      'spec.additionalPrinterColumns[0].name: Required value',
      'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[0].format: Invalid value: "x": must be one of byte,date,date-time,double,float,int32,int64,password',
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
    ],
  ],
  [
    'a scale outside of spec and status',
    definition(
      versions(
        {
          subresources: {
            scale: {
              specReplicasPath: '.status.n',
              statusReplicasPath: '',
              labelSelectorPath: '.metadata.x',
            },
          },
        },
        { name: 'v2', storage: false },
      ),
    ),
    [
      'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
      'spec.versions[0].subresources.scale.statusReplicasPath: Required value',
      'spec.versions[0].subresources.scale.labelSelectorPath: Invalid value: ".metadata.x": should be a json path under either .spec or .status',
    ],
  ],
  [
    'a warning about what is not deprecated',
    definition(versions({ deprecationWarning: 'old' })),
    [
      'spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions',
    ],
  ],
  [
    'selectable fields that are none',
    definition(
      versions({
        selectableFields: [
          { jsonPath: '.spec' },
          { jsonPath: '.spec.no' },
          { jsonPath: '.metadata.name' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
          },
        },
      }),
    ),
    [
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      'spec.selectableFields[1].jsonPath: Invalid value: ".spec.no": is an invalid path: does not refer to a valid field',
      'spec.selectableFields[2].jsonPath: Invalid value: ".metadata.name": is an invalid path: does not refer to a valid field',
    ],
  ],
  [
    'conversion by nobody',
    definition(webhook(undefined)),
    [
      'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
    ],
  ],
  [
    'conversion by what is no address',
    definition(webhook({ url: 'http://me@host/x?a#b' }, ['v9', 'v9'])),
    [
      `spec.conversion.webhookClientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      'spec.conversion.webhookClientConfig.url: Invalid value: "me": user information is not permitted in the URL',
      'spec.conversion.webhookClientConfig.url: Invalid value: "b": fragments are not permitted in the URL',
      'spec.conversion.webhookClientConfig.url: Invalid value: "a": query parameters are not permitted in the URL',
      'spec.conversion.conversionReviewVersions[1]: Invalid value: "v9": duplicate version',
      'spec.conversion.conversionReviewVersions: Invalid value: ["v9","v9"]: must include at least one of v1, v1beta1',
    ],
  ],
  [
    'fields that stay in the old way',
    definition({ preserveUnknownFields: true }),
    [
      'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ],
  ],
  [
    "a group of the Kubernetes project's own without approval",
    definition({ group: 'new.k8s.io' }, { metadata: { name: 'widgets.new.k8s.io' } }),
    [
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ],
]

for (const [what, object, errors] of refusals) {
  test(`of a definition is wrong: ${what}`, () => assert.deepEqual(errorsOf(object), errors))
}

test('what names the objects of an established kind stays, and versions that were stored', () => {
  const old = {
    ...definition(),
    metadata: { name: 'widgets.example.com', uid: 'u', resourceVersion: '1' },
    status: { storedVersions: ['v0', 'v1'], conditions: [{ type: 'Established', status: 'True' }] },
  } as unknown as Stored<CustomResourceDefinition>
  const object: CustomResourceDefinition = {
    ...old,
    spec: {
      ...definition(names({ kind: 'Gadget' })).spec,
      scope: 'Cluster',
      group: 'example.org',
    },
  }
  assert.deepEqual(
    customResourceDefinitions.strategy.validateUpdate(object, old).map(fieldErrorMessage),
    [
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Gadget": field is immutable',
      'spec.group: Invalid value: "example.org": field is immutable',
      'status.storedVersions[0]: Invalid value: "v0": missing from spec.versions; v0 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v0 and removes v0 from status.storedVersions',
    ],
  )
})

test('names and the port of a webhook have defaults', () => {
  const { spec } = definition(webhook({ service: { name: 'a', namespace: 'b' } }))
  assert.deepEqual([spec.names.singular, spec.names.listKind], ['widget', 'WidgetList'])
  assert.equal(spec.conversion?.webhook?.clientConfig?.service?.port, 443)
  assert.deepEqual(definition().spec.conversion, { strategy: 'None' })
})

test('a new definition begins without a status but for the version that is stored', () => {
  const context = { nowMs: 0, user: { name: 'u', groups: [] } }
  const draft: KubeObject = definition({}, { status: { storedVersions: ['v7'] } })
  const prepared = customResourceDefinitions.strategy.prepareForCreate?.(
    draft as CustomResourceDefinition,
    context,
  )
  assert.deepEqual(prepared?.status, { storedVersions: ['v1'] })
})
