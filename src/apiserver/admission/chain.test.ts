import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configMaps } from '#api'
import type { KubeObject } from '#machinery'
import { forbidden } from '#machinery/status'
import type { Admission, AdmissionAttributes, AdmissionContext } from './admission.ts'
import { createAdmissionChain } from './chain.ts'
import { objectsOf } from './objects-fixture.ts'

const object: KubeObject = { metadata: { name: 'a' } }
const attributes: AdmissionAttributes & { readonly object: KubeObject } = {
  verb: 'create',
  user: { name: 'ann', groups: [] },
  resource: configMaps,
  subresource: '',
  namespace: 'ns',
  name: 'a',
  dryRun: false,
  options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  object,
}
const context: AdmissionContext = {
  objects: objectsOf([]),
  nowMs: 0,
  warn: () => undefined,
  signal: new AbortController().signal,
}

/** A plugin that adds its name as a label, at once or later. */
function labels(name: string, isLate = false): Admission {
  const labelled = ({ object: given }: { readonly object: KubeObject }): KubeObject => {
    const known = given.metadata?.labels ?? {}
    return {
      metadata: { ...given.metadata, labels: { ...known, [name]: Object.keys(known).join() } },
    }
  }
  return {
    name,
    handles: () => true,
    mutate: (asked) => (isLate ? Promise.resolve(labelled(asked)) : labelled(asked)),
  }
}

describe('the admission chain', () => {
  test('gives each mutating plugin what the one before it gave, without waiting for those at once', () => {
    const chain = createAdmissionChain([labels('x'), labels('y')])
    assert.deepEqual(chain.mutate(attributes, context), {
      metadata: { name: 'a', labels: { x: '', y: 'x' } },
    })
  })

  test('waits for a plugin that answers later before it asks the next', async () => {
    const chain = createAdmissionChain([labels('x', true), labels('y'), labels('z', true)])
    const mutated = chain.mutate(attributes, context)
    assert(mutated instanceof Promise)
    assert.deepEqual((await mutated).metadata?.labels, { x: '', y: 'x', z: 'x,y' })
  })

  test('gives the very object where no plugin changes it', () => {
    const chain = createAdmissionChain([{ ...labels('x'), handles: () => false }])
    assert.equal(chain.mutate(attributes, context), object)
  })

  test('asks no validating plugin after one that refuses', async () => {
    const asked: string[] = []
    const plugin = (name: string, refuses = false): Admission => ({
      name,
      handles: () => true,
      async validate() {
        asked.push(name)
        if (refuses) throw forbidden(configMaps, 'a', name)
      },
    })
    const chain = createAdmissionChain([plugin('x'), plugin('y', true), plugin('z')])
    await assert.rejects(Promise.resolve(chain.validate(attributes, context)), /forbidden: y$/)
    assert.deepEqual(asked, ['x', 'y'])
  })
})
