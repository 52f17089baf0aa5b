import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject, Resource } from '#machinery'
import { groupVersionOf } from '#machinery'
import type { TypeSchema } from '#machinery/schema'
import { resources } from '../served/resources.ts'
import { apiSchema } from '../served/schema.ts'
import type { FieldGap } from './field-gap.ts'
import { fieldGaps, kindGaps } from './table.ts'
import { gapWarnings } from './warnings.ts'

function resourceOf(kind: string): Resource {
  const found = resources.find((each) => `${groupVersionOf(each)} ${each.kind}` === kind)
  assert.ok(found, `${kind} is served`)
  return found
}

const warningsOf = (kind: string, fields: object) =>
  gapWarnings(resourceOf(kind), fields as KubeObject)

describe('what is stored while nothing acts on it', () => {
  for (const [name, missing] of Object.entries(kindGaps)) {
    test(`${name} is warned of, and is served`, () => {
      const [kind = '', subresource = ''] = name.split(/(?<= .*)\//)
      const resource = resourceOf(kind)
      if (subresource) assert.ok(resource.subresources?.[subresource])
      const [warning = '', ...others] = gapWarnings(resource, {} as KubeObject, subresource)
      assert.ok(warning.endsWith(missing) && others.length === 0, warning)
    })
  }

  for (const [name, gaps] of Object.entries(fieldGaps)) {
    for (const [field, gap] of Object.entries(gaps)) {
      test(`${name}.${field} is warned of where a served kind has it`, () => {
        const path = pathTo(`io.k8s.api.${name}`)
        assert.ok(path, `no kind of which the fields are warned of has a ${name}`)
        const { owner, where } = planted(path.steps, { [field]: valueFor(gap, field) })
        const [warning = ''] = gapWarnings(path.resource, owner as KubeObject)
        const at = [...where, field].join('.').replaceAll('.[', '[')
        assert.ok(warning.startsWith(at) && warning.endsWith(gap.missing), `${at}: ${warning}`)
        assert.ok(apiSchema.type(`io.k8s.api.${name}`)?.field(field), 'the field exists')
      })
    }
  }

  test('the text names the place and what is missing', () => {
    const template = { spec: { hostUsers: false, containers: [] } }
    assert.deepEqual(warningsOf('apps/v1 Deployment', { spec: { template } }), [
      'spec.template.spec.hostUsers: stored, but nothing acts on it yet: the pod runs in the user namespace of its node',
    ])
    assert.deepEqual(warningsOf('networking.k8s.io/v1 IngressClass', {}), [
      'IngressClass: stored, but nothing acts on it yet: no ingress controller is included',
    ])
  })

  test('values and neighbours that are acted on are not warned of', () => {
    const spec = (more: object) => ({ spec: { containers: [], ...more } })
    const volume = (emptyDir: object) => spec({ volumes: [{ name: 'v', emptyDir }] })
    assert.deepEqual(warningsOf('v1 Pod', spec({ hostUsers: true, setHostnameAsFQDN: false })), [])
    assert.deepEqual(warningsOf('v1 Pod', volume({ sizeLimit: '1Gi', medium: 'Memory' })), [])
    assert.equal(warningsOf('v1 Pod', volume({ sizeLimit: '1Gi' })).length, 1)
    const limits = { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' }
    const limited = spec({ containers: [{ name: 'c', resources: { limits } }] })
    assert.deepEqual(warningsOf('v1 Pod', limited), [
      'spec.containers[0].resources.limits[ephemeral-storage]: stored, but nothing acts on it yet: the limit is not enforced',
    ])
    assert.deepEqual(warningsOf('v1 Service', { spec: { type: 'NodePort' } }), [])
    assert.deepEqual(warningsOf('v1 ConfigMap', { data: { a: 'b' } }), [])
  })
})

interface Step {
  readonly field: string
  readonly shape: 'ref' | 'list' | 'map' | 'scalar'
}

/** How a type is reached from a kind that is warned of by its fields. */
function pathTo(wanted: string): { resource: Resource; steps: readonly Step[] } | undefined {
  for (const resource of resources) {
    if (kindGaps[`${groupVersionOf(resource)} ${resource.kind}`]) continue
    const type = apiSchema.type(resource.schemaName)
    const steps = type && stepsTo(type, wanted, new Set())
    if (steps) return { resource, steps }
  }
  return undefined
}

function stepsTo(type: TypeSchema, wanted: string, seen: Set<string>): readonly Step[] | undefined {
  if (type.name === wanted) return []
  if (seen.has(type.name)) return undefined
  seen.add(type.name)
  for (const { name, type: held } of type.fields) {
    const element = held.kind === 'list' ? held.element : held.kind === 'map' ? held.value : held
    if (name === 'status' || element.kind !== 'ref') continue
    const inner = apiSchema.type(element.name)
    const rest = inner && stepsTo(inner, wanted, seen)
    if (rest) return [{ field: name, shape: held.kind as Step['shape'] }, ...rest]
  }
  return undefined
}

function planted(steps: readonly Step[], leaf: object): { owner: object; where: string[] } {
  const [step, ...rest] = steps
  if (!step) return { owner: leaf, where: [] }
  const { owner, where } = planted(rest, leaf)
  if (step.shape === 'list')
    return { owner: { [step.field]: [owner] }, where: [step.field, '[0]', ...where] }
  if (step.shape === 'map')
    return { owner: { [step.field]: { k: owner } }, where: [step.field, '[k]', ...where] }
  return { owner: { [step.field]: owner }, where: [step.field, ...where] }
}

function valueFor({ values, keys }: FieldGap, field: string): unknown {
  if (values) return values[0]
  return keys ? { 'ephemeral-storage': '1Gi' } : field.endsWith('s') ? [{}] : {}
}
