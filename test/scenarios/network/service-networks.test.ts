import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { ipAddresses, serviceCidrs, services } from '#api'
import { simulate } from '#testing'

const port = { port: 80 }
const service = (name: string, more: object = {}) => ({
  metadata: { name, namespace: 'default' },
  spec: { ports: [port], ...more },
})

test('a cluster has its network, and an IPAddress for each cluster IP', async () => {
  await using cluster = await simulate({ nodes: 0 })
  const { client } = cluster
  const network = () => cluster.list(serviceCidrs)[0]
  await cluster.until(() => network()?.status?.conditions?.[0]?.status === 'True')
  equal(network()?.metadata.name, 'kubernetes')
  deepEqual(network()?.metadata.finalizers, ['networking.k8s.io/service-cidr-finalizer'])
  equal(network()?.status?.conditions?.[0]?.message, 'Kubernetes Service CIDR is ready')
  const made = await client.create(services, service('web'))
  const ip = made.spec?.clusterIP ?? ''
  const address = await client.get(ipAddresses, { name: ip })
  deepEqual(address.spec, {
    parentRef: { resource: 'services', namespace: 'default', name: 'web' },
  })
  deepEqual(address.metadata.labels, {
    'ipaddress.kubernetes.io/ip-family': 'IPv4',
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  })
  await cluster.advance('2m')
  equal(cluster.events('service/web').length, 0, 'there is nothing to repair')
  await client.delete(services, made.metadata)
  await cluster.advance('2m')
  equal(
    cluster.list(ipAddresses).some(({ metadata }) => metadata.name === ip),
    false,
  )
})

test('addresses that somebody has taken are not given out, and what is lost or left is repaired', async () => {
  await using cluster = await simulate({ nodes: 0 })
  const { client } = cluster
  const parentRef = { resource: 'cats', name: 'tom' }
  await client.create(ipAddresses, { metadata: { name: '10.96.0.99' }, spec: { parentRef } })
  await rejects(client.create(services, service('a', { clusterIP: '10.96.0.99' })), {
    message: /provided IP is already allocated/,
  })
  await client.create(services, service('b', { clusterIP: '10.96.0.98' }))
  const find = (ip: string) =>
    cluster.list(ipAddresses).find(({ metadata }) => metadata.name === ip)
  await client.delete(ipAddresses, { name: '10.96.0.98' })
  await cluster.until(() => find('10.96.0.98') !== undefined)
  match(
    cluster.events('service/b')[0]?.message ?? '',
    /^Cluster IP \[IPv4\]: 10\.96\.0\.98 is not allocated; repairing$/,
  )
  await client.create(ipAddresses, {
    metadata: {
      name: '10.96.0.97',
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 'nobody' } },
  })
  await cluster.advance('30s')
  equal(find('10.96.0.97') === undefined, false)
  await cluster.advance('40s')
  equal(find('10.96.0.97'), undefined)
})

test('further networks are drawn from, and stay while addresses are of them', async () => {
  await using cluster = await simulate({ nodes: 0 })
  const { client } = cluster
  const find = () => cluster.list(serviceCidrs).find(({ metadata }) => metadata.name === 'more')
  await rejects(client.create(services, service('early', { clusterIP: '10.200.0.5' })), {
    message: /not in the valid range/,
  })
  const cidrs = ['10.200.0.0/24']
  await client.create(serviceCidrs, { metadata: { name: 'more' }, spec: { cidrs } })
  await cluster.until(() => find()?.status?.conditions?.[0]?.status === 'True')
  const made = await client.create(services, service('web', { clusterIP: '10.200.0.5' }))
  await client.delete(serviceCidrs, { name: 'more' })
  await cluster.until(() => find()?.status?.conditions?.[0]?.reason === 'Terminating')
  match(find()?.status?.conditions?.[0]?.message ?? '', /^There are still IPAddresses referencing/)
  await rejects(client.create(services, service('late', { clusterIP: '10.200.0.6' })))
  await client.delete(services, made.metadata)
  await cluster.until(() => find() === undefined)
})
