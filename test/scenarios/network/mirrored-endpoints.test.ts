import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, endpoints, services } from '#api'
import { startCluster } from '../controllers/cluster-fixture.ts'

const at = { namespace: 'default', name: 'db' }

test('Endpoints that a person writes stand in slices for the proxies, and go with them', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  const { client } = cluster
  const addresses = async () =>
    (await cluster.list(endpointSlices, 'default'))
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'db')
      .flatMap(({ endpoints: each = [] }) => each.flatMap((endpoint) => endpoint.addresses))
  const come = (wanted: readonly string[]) => async () =>
    JSON.stringify(await addresses()) === JSON.stringify(wanted)
  await cluster.create(services, { metadata: at, spec: { ports: [{ port: 80 }] } })
  const subsets = [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 5432 }] }]
  await cluster.create(endpoints, { metadata: at, subsets })
  await cluster.until('they are mirrored', come(['192.0.2.7']))

  const moved = [{ addresses: [{ ip: '192.0.2.8' }], ports: [{ port: 5432 }] }]
  await client.patch(endpoints, at, { kind: 'merge', patch: { subsets: moved } })
  await cluster.until('they are followed', come(['192.0.2.8']))

  await client.delete(endpoints, at)
  await cluster.until('they are gone', come([]))
  deepEqual(await addresses(), [])
})
