import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '#lib'
import { networkOf } from './networks.ts'

test('addresses are drawn above the band for chosen ones until there are none left', () => {
  const network = networkOf('10.0.0.0/24')
  assert.ok(network)
  const taken = new Set<string>()
  const random = seededRandom(7)
  const drawn: number[] = []
  for (;;) {
    const address = network.draw(random, (each) => taken.has(each))
    if (address === undefined) break
    assert.ok(network.contains(address) && !taken.has(address))
    taken.add(address)
    drawn.push(Number(address.split('.')[3]))
  }
  assert.equal(drawn.length, 254)
  assert.ok(drawn.slice(0, 238).every((last) => last > 16))
  assert.ok(drawn.slice(238).every((last) => last <= 16))
})

test('an address that is drawn lies in the network, and is neither its first nor its last', () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 30 }), fc.nat(), (bits, seed) => {
      const network = networkOf(`10.0.0.0/${bits}`)
      assert.ok(network)
      const address = network.draw(seededRandom(seed), () => false)
      assert.ok(address !== undefined && network.contains(address))
      const last = 10 * 2 ** 24 + 2 ** (32 - bits) - 1
      const text = [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.')
      assert.deepEqual([network.contains('10.0.0.0'), network.contains(text)], [false, false])
    }),
  )
})

test('of IPv6 the last address may be had, and a network is drawn from however wide it is', () => {
  const small = networkOf('fd00::/126')
  assert.ok(small)
  const taken = new Set<string>()
  for (const seed of [1, 2, 3]) {
    taken.add(small.draw(seededRandom(seed), (each) => taken.has(each)) ?? '')
  }
  assert.deepEqual([...taken].toSorted(), ['fd00::1', 'fd00::2', 'fd00::3'])
  assert.equal(
    small.draw(seededRandom(1), (each) => taken.has(each)),
    undefined,
  )
  const wide = networkOf('fd00:1::/64')
  assert.ok(wide)
  const drawn = wide.draw(seededRandom(5), () => false) ?? ''
  assert.match(drawn, /^fd00:1::/)
  assert.ok(wide.contains(drawn) && wide.contains('fd00:1::ffff:ffff:ffff:ffff'))
  assert.deepEqual(['fd00:1::', 'fd00:1:0:1::', '10.0.0.1'].map(wide.contains), [
    false,
    false,
    false,
  ])
})

test('what is no network that Services could have addresses of is none to draw from', () => {
  assert.equal(networkOf('fd00::/63'), undefined)
  assert.equal(networkOf('10.0.0.0'), undefined)
})
