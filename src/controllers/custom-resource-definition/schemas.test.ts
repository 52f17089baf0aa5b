import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CustomResourceDefinition, customResourceDefinitions } from '#api'
import type { Stored } from '#machinery'
import { loopOf } from '../shared/loop-fixture.ts'
import { clusterWide } from '../shared/objects-fixture.ts'
import { customResourceSchemasController } from './schemas.ts'

type Schema = NonNullable<CustomResourceDefinition['spec']['versions'][number]['schema']>

function definition(
  openAPIV3Schema: Schema['openAPIV3Schema'],
  more: Partial<CustomResourceDefinition['spec']> = {},
  status: CustomResourceDefinition['status'] = {},
): Stored<CustomResourceDefinition> {
  return clusterWide<CustomResourceDefinition>('widgets.example.com', {
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
      ...more,
    },
    status,
  } as CustomResourceDefinition)
}

async function conditionsOf(existing: Stored<CustomResourceDefinition>) {
  const loop = await loopOf(customResourceSchemasController, [
    [customResourceDefinitions, existing],
  ])
  const [write] = (await loop.reconcile('widgets.example.com')).writes
  // Cast: the only write is of the status.
  const written = write?.sent as Stored<CustomResourceDefinition> | undefined
  return written?.status?.conditions?.map(({ type, status, reason, message }) => [
    type,
    status,
    reason,
    message,
  ])
}

const structural = { type: 'object', properties: { spec: { type: 'object' } } } as const
const held = {
  type: 'NonStructuralSchema',
  status: 'True',
  reason: 'Violations',
  message: 'spec.preserveUnknownFields: Invalid value: true: must be false',
}

test('a definition that is older than the rules says what of it is not structural', async () => {
  const old = definition(
    { type: 'object', properties: { spec: {} } },
    { preserveUnknownFields: true },
  )
  assert.deepEqual(await conditionsOf(old), [
    [
      'NonStructuralSchema',
      'True',
      'Violations',
      '[spec.preserveUnknownFields: Invalid value: true: must be false, ' +
        'spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields]',
    ],
  ])
})

test('it is said once, and taken back when the definition is mended', async () => {
  const preserving = { preserveUnknownFields: true }
  const said = definition(structural, preserving, { conditions: [held] })
  assert.equal(await conditionsOf(said), undefined)
  const established = { type: 'Established', status: 'True' }
  const mended = definition(structural, {}, { conditions: [held, established] })
  assert.deepEqual(await conditionsOf(mended), [['Established', 'True', undefined, undefined]])
  assert.equal(await conditionsOf(definition(structural)), undefined)
})

test('what no structure can be made of is told as such', async () => {
  const odd = definition({ type: 'object', $ref: '#/definitions/x' } as Schema['openAPIV3Schema'])
  const [condition] = (await conditionsOf(odd)) ?? []
  assert.deepEqual(condition?.slice(0, 3), ['NonStructuralSchema', 'Unknown', 'StructuralError'])
  assert.match(String(condition?.[3]), /^failed to check validation schema for version v1: /)
})
