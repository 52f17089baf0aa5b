import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apiSchema, configMaps, resources } from '#api'
import type { Resource } from '#machinery'
import { builtInDefinitions, type Definition } from './definition.ts'
import { compareVersions } from './discovery-order.ts'
import { createServed, type OpenStorage, type ServedStorage } from './served.ts'
import { widgets, widgetsViewing } from './served-fixture.ts'

/** Storage that notes what is asked of it, and opens when it is told to. */
function storageFor(until: Promise<void> = Promise.resolve()) {
  const notes: string[] = []
  const note = (what: string, all: readonly Resource[]) =>
    void notes.push(`${what} ${all.map(({ version, plural }) => `${version}/${plural}`).join()}`)
  const openOf = (opened: readonly Resource[]): OpenStorage => ({
    endWatches: () => note('ended', opened),
    async reopen(others) {
      note('reopened', others)
      return { ...openOf(others), swap: () => note('swapped', others) }
    },
    [Symbol.dispose]: () => note('closed', opened),
  })
  const storage: ServedStorage = {
    async open(opened) {
      await until
      note('opened', opened)
      return openOf(opened)
    },
  }
  return { storage, notes }
}

function clusterWide(of: Definition): Definition {
  return { ...of, resource: { ...of.resource, scope: 'Cluster' } }
}

describe('what is served', () => {
  test('a kind is found once its storage is open, and no sooner', async () => {
    const opened = Promise.withResolvers<void>()
    const served = createServed(storageFor(opened.promise).storage)
    const adding = served.add([widgets()])
    assert.equal(served.find('example.com', 'v1', 'widgets'), undefined)
    opened.resolve()
    await adding
    assert.equal(served.find('example.com', 'v1', 'widgets')?.kind, 'Widget')
    assert.deepEqual(
      [served.find('example.com', 'v2', 'widgets'), served.all.length],
      [undefined, 1],
    )
  })

  test('disposing takes it away before its storage closes, and once only', async () => {
    const { storage, notes } = storageFor()
    const served = createServed(storage)
    const kinds = await served.add([widgets()])
    served.onChange(() => void notes.push(`changed to ${served.all.length}`))
    kinds[Symbol.dispose]()
    kinds[Symbol.dispose]()
    assert.deepEqual(notes, ['opened v1/widgets', 'changed to 0', 'closed v1/widgets'])
    await served.add([widgets()])
    assert.equal(served.all.length, 1)
  })

  test('the list is the very same one until something changes, and listeners can leave', async () => {
    const served = createServed(storageFor().storage)
    let changes = 0
    const listening = served.onChange(() => changes++)
    await served.add([widgets()])
    const { all } = served
    assert.equal(served.all, all)
    listening[Symbol.dispose]()
    await served.add(builtInDefinitions([configMaps as unknown as Resource], apiSchema))
    assert.notEqual(served.all, all)
    assert.equal(changes, 1)
  })

  test('nothing is served twice, not even while it is coming', async () => {
    const opened = Promise.withResolvers<void>()
    const served = createServed(storageFor(opened.promise).storage)
    const first = served.add([widgets()])
    await assert.rejects(served.add([widgets()]), /example\.com\/v1\/widgets is served already/)
    await assert.rejects(served.add([widgets('v2'), widgets('v2')]), /served already/)
    opened.resolve()
    await first
    await assert.rejects(served.add([widgets()]), /served already/)
  })

  test('a kind whose storage does not open is not served, and may come again', async () => {
    let isBroken = true
    const served = createServed({
      async open() {
        if (isBroken) throw new Error('the store is away')
        return storageFor().storage.open([])
      },
    })
    await assert.rejects(served.add([widgets()]), /the store is away/)
    assert.deepEqual(served.all, [])
    isBroken = false
    await served.add([widgets()])
    assert.equal(served.all.length, 1)
  })

  test('versions of one kind share a storage, and one that is only stored is not found', async () => {
    const { storage, notes } = storageFor()
    const served = createServed(storage)
    const stored = widgets('v1alpha1', { isStorageOnly: true })
    await served.add([stored, widgetsViewing(stored, 'v1'), widgetsViewing(stored, 'v2')])
    assert.deepEqual(notes, ['opened v1alpha1/widgets'])
    assert.equal(served.find('example.com', 'v1alpha1', 'widgets'), undefined)
    const shown = served.find('example.com', 'v1', 'widgets')!
    assert.equal(served.storedAs(shown), stored.resource)
    assert.deepEqual(
      served.all.map(({ version }) => version),
      ['v2', 'v1'],
    )
    assert.equal(served.typeOf('com.example.v1alpha1.Widget')?.schema(), stored.schema())
  })

  test('replacing ends watches and leaves no gap; another storage is refused', async () => {
    const { storage, notes } = storageFor()
    const served = createServed(storage)
    const stored = widgets('v1')
    const kinds = await served.add([stored])
    served.onChange(() => void notes.push(served.all.map(({ version }) => version).join()))
    const next = widgets('v2')
    await kinds.replace([stored, widgetsViewing(stored, 'v2')])
    const swap = ['reopened v1/widgets', 'swapped v1/widgets', 'v2,v1', 'ended v1/widgets']
    assert.deepEqual(notes, ['opened v1/widgets', ...swap])
    for (const others of [[widgetsViewing(next, 'v1')], [clusterWide(next)]]) {
      await assert.rejects(kinds.replace(others), /cannot be replaced/)
    }
    notes.length = 0
    await kinds.replace([next, widgetsViewing(next, 'v1')])
    assert.deepEqual(notes.slice(-1), ['ended v1/widgets'])
    kinds[Symbol.dispose]()
    assert.deepEqual(notes.slice(-1), ['closed v2/widgets'])
    assert.deepEqual(served.all, [])
    await assert.rejects(kinds.replace([next]), /not served/)
  })

  test('kinds that are built in come first, in the order that they are given in', async () => {
    const served = createServed(storageFor().storage)
    await served.add([widgets()])
    await served.add(builtInDefinitions(resources, apiSchema))
    assert.deepEqual(served.all.slice(0, -1), resources)
    assert.equal(served.all.at(-1)?.plural, 'widgets')
  })
})

test('versions are preferred as upstream prefers them', () => {
  const preferred = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2']
  const others = ['foo1', 'foo10']
  assert.deepEqual([...others, ...preferred].toReversed().toSorted(compareVersions), [
    ...preferred,
    ...others,
  ])
})
