import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { resources } from '#api'
import { createVirtualClock, seededRandom, silentLogger } from '#lib'
import { groupResourceOf } from '#machinery'
import { objectsOf } from './admission/objects-fixture.ts'
import { unusedPluginParts } from './plugin-parts-fixture.ts'
import { standardParts } from './standard-parts.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

function actionNames(): readonly string[] {
  const { actions } = standardParts({
    clock: createVirtualClock(),
    random: seededRandom(1),
    tokenKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    issuer: 'https://kubernetes.default.svc.cluster.local',
    serviceCidrs: ['10.96.0.0/12'],
    nodePorts: { first: 30000, last: 32767 },
  })
  const shared = unusedPluginParts(objectsOf([]))
  const transport = { post: () => Promise.reject(new Error('nobody is called')) }
  const own = { rbacChanges: () => 1, transport, log: silentLogger }
  const parts = { ...shared, ...own, authorizer: undefined as never }
  return Object.keys(actions(parts))
}

test('every action that a kind declares has a function, and every function an action', () => {
  const declared = resources
    .filter(({ group }) => group !== 'sim.knarr.dev')
    .flatMap((resource) => {
      const id = groupResourceOf(resource)
      const parts = Object.entries(resource.subresources ?? {})
      const isQuestion = resource.verbs.every((verb) => verb === 'create')
      return [
        ...(isQuestion ? [id] : []),
        ...parts.filter(([, { kind }]) => kind === 'action').map(([name]) => `${id}/${name}`),
      ]
    })
  assert.deepEqual(actionNames().toSorted(), declared.toSorted())
})
