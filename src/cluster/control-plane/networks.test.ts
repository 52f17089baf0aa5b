import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressIn, readNetworks } from './networks.ts'

const read = (podCidr: string, serviceCidr: string) => readNetworks({ podCidr, serviceCidr })

test('a cluster has networks of one family, or of both in either order', () => {
  assert.deepEqual(read('10.244.0.0/16', '10.96.0.0/12'), {
    pods: ['10.244.0.0/16'],
    services: ['10.96.0.0/12'],
  })
  const [pods, services] = ['fd00:10:244::/56', 'fd00:10:96::/112']
  assert.deepEqual(read(`${pods},10.244.0.0/16`, `${services}, 10.96.0.0/12`), {
    pods: [pods, '10.244.0.0/16'],
    services: [services, '10.96.0.0/12'],
  })
  assert.deepEqual(read(`10.244.0.0/16,${pods}`, '10.96.0.0/12').services, ['10.96.0.0/12'])
})

test('networks that no cluster could have are refused by the option that names them', () => {
  const refused = (pods: string, services: string, why: RegExp) =>
    assert.throws(() => read(pods, services), why)
  refused('10.244.0.0', '10.96.0.0/12', /--pod-cidr is no network: 10\.244\.0\.0/)
  refused('10.244.0.0/16', '', /--service-cidr is no network: /)
  refused('10.0.0.0/16,10.1.0.0/16', '10.96.0.0/12', /at most one range of each family/)
  refused('10.0.0.0/16,fd00::/56,', '10.96.0.0/12', /--pod-cidr is no network/)
  refused('10.0.0.0/16,fd00::/40', '10.96.0.0/12', /cannot be parted among nodes/)
  refused('10.0.0.0/16,fd00::/56', '10.96.0.0/12,fd01::/48', /larger than a network of Services/)
  refused('10.0.0.0/16', 'fd00::/112', /begin with different families/)
  refused('10.0.0.0/16', '10.96.0.0/12,fd00::/112', /has a family that --pod-cidr/)
})

test('addresses of a network are counted from its first', () => {
  assert.equal(addressIn('10.0.0.250/24', 10), '10.0.0.10')
  assert.equal(addressIn('255.255.255.0/24', 254), '255.255.255.254')
  assert.equal(addressIn('255.255.255.0/24', 255), undefined)
  assert.equal(addressIn('10.0.0.0/29', 10), undefined)
  assert.equal(addressIn('fd00:1::/112', 65_535), 'fd00:1::ffff')
  assert.equal(addressIn('fd00:1::/112', 65_536), undefined)
})
