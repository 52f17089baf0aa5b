import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NetworkStack } from '../model/fabric.ts'
import { createFabric, everyNode } from './create-fabric.ts'

const stack = (node: string): NetworkStack => ({ node, listener: () => undefined })

test('an address belongs to one stack until that is disposed, and its node is remembered', () => {
  const fabric = createFabric()
  const first = fabric.attach('10.0.0.1', stack('a'))
  assert.throws(() => fabric.attach('10.0.0.1', stack('b')), /in use/)
  first[Symbol.dispose]()
  assert.equal(fabric.at('10.0.0.1'), undefined)
  assert.equal(fabric.nodeOf('10.0.0.1'), 'a')
  const second = fabric.attach('10.0.0.1', stack('b'))
  first[Symbol.dispose]()
  assert.equal(fabric.at('10.0.0.1')?.node, 'b')
  second[Symbol.dispose]()
})

test('a cut loses packets one way or both, until it is healed', () => {
  const fabric = createFabric()
  const both = () => [fabric.reachable('a', 'b'), fabric.reachable('b', 'a')]
  fabric.cut('a', 'b', 'forth')
  assert.deepEqual(both(), [false, true])
  fabric.cut('a', 'b')
  assert.deepEqual(both(), [false, false])
  assert.equal(fabric.reachable('a', 'c'), true)
  fabric.heal('b', 'a')
  assert.deepEqual(both(), [true, true])
})

test('a node that is cut off from all still reaches itself, a silent one does not', () => {
  const fabric = createFabric()
  fabric.cut('a', everyNode)
  assert.equal(fabric.reachable('a', 'a'), true)
  assert.equal(fabric.reachable('a', 'b'), false)
  assert.equal(fabric.reachable('b', 'a'), false)
  assert.equal(fabric.reachable('b', 'c'), true)
  fabric.silence('b')
  assert.equal(fabric.reachable('b', 'b'), false)
  fabric.heal()
  fabric.restore('b')
  assert.equal(fabric.reachable('a', 'b'), true)
})

test('faults come back from their saved form', () => {
  const fabric = createFabric()
  fabric.cut('a', 'b', 'back')
  fabric.silence('c')
  const again = createFabric(JSON.parse(JSON.stringify(fabric.save())))
  assert.equal(again.reachable('b', 'a'), false)
  assert.equal(again.reachable('a', 'b'), true)
  assert.equal(again.reachable('c', 'a'), false)
})
