import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Simulation } from '#testing'
import { recipes } from './fixture/recipes.ts'
import {
  addressesIn,
  broken,
  connections,
  families,
  judged,
  policiesOf,
  simulated,
  startWorld,
  tablesOf,
} from './fixture/world.ts'

describe('a simulation lets pass what the rule set says, and nothing else', () => {
  let cluster: Simulation
  before(async () => {
    cluster = await startWorld()
  })
  after(() => cluster[Symbol.asyncDispose]())

  for (const recipe of recipes) {
    test(recipe.name, async () => {
      for (const family of families) {
        const addresses = addressesIn(cluster, family)
        const policies = policiesOf(recipe, addresses)
        const ruled = judged(tablesOf(cluster, policies), addresses)
        assert.deepEqual(broken(recipe, ruled), [], `IPv${family}`)
        assert.deepEqual(await simulated(cluster, policies, addresses), ruled, `IPv${family}`)
      }
    })
  }
})

test('there are enough of them', () => {
  assert.ok(recipes.length >= 40 && connections.length === 96)
})
