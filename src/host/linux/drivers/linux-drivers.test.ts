import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { systemClock } from '#lib'
import { linuxDrivers } from './linux-drivers.ts'
import { type DriverMessages, decodeDriver, encodeDriver } from './wire.ts'

const { signal } = new AbortController()
const claim = { namespace: 'default', uid: 'u1', name: 'gpu' }
const bytes = (message: Buffer) => message

type Answers = Readonly<Record<string, (request: Buffer) => Buffer | { readonly code: number }>>

/** A plugin of a driver: what it answers by the paths of its methods, and what it was reported. */
async function plugin(path: string, answers: Answers): Promise<Server> {
  const server = new Server()
  for (const [method, answer] of Object.entries(answers)) {
    const [, service = '', name = ''] = method.split('/')
    const definition = {
      ...{ path: method, requestStream: false, responseStream: false },
      ...{ requestSerialize: bytes, requestDeserialize: bytes },
      ...{ responseSerialize: bytes, responseDeserialize: bytes },
    }
    server.addService(
      { [`${service}/${name}`]: definition },
      {
        [`${service}/${name}`]: (
          { request }: ServerUnaryCall<Buffer, Buffer>,
          done: sendUnaryData<Buffer>,
        ) => {
          const given = answer(request)
          if (Buffer.isBuffer(given)) done(null, given)
          else done({ code: given.code, details: 'no such thing' })
        },
      },
    )
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) =>
    error ? reject(error) : resolve(),
  )
  await promise
  return server
}

const registration = '/pluginregistration.Registration'
const service = '/k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin'

function registering(
  info: Partial<DriverMessages['PluginInfo']>,
  reported: (status: DriverMessages['RegistrationStatus']) => void,
): Answers {
  const usual = {
    ...{ type: 'DRAPlugin', name: 'gpu.example.com', endpoint: '' },
    supportedVersions: ['v1.DRAPlugin', 'v1beta1.DRAPlugin'],
  }
  return {
    [`${registration}/GetInfo`]: () => encodeDriver('PluginInfo', { ...usual, ...info }),
    [`${registration}/NotifyRegistrationStatus`]: (request) => {
      reported(decodeDriver('RegistrationStatus', request))
      return encodeDriver('RegistrationStatusResponse', {})
    },
  }
}

/** A folder that a node looks into, in which sockets can be put. */
function registry(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'knarr-drivers-'))
  const sockets = join(folder, 'plugins_registry')
  mkdirSync(sockets)
  const stop = new AbortController()
  const drivers = linuxDrivers(sockets, systemClock)
  const running = drivers.run(stop.signal)
  context.after(async () => {
    stop.abort(new Error('over'))
    await running
    rmSync(folder, { recursive: true })
  })
  return { drivers, sockets, folder }
}

test('a driver that registers is asked over its own socket, until it goes', async (context) => {
  const { drivers, sockets, folder } = registry(context)
  const reported = Promise.withResolvers<DriverMessages['RegistrationStatus']>()
  const endpoint = join(folder, 'dra.sock')
  const own = await plugin(endpoint, {
    [`${service}/NodePrepareResources`]: (request) => {
      assert.deepEqual(decodeDriver('Claims', request), { claims: [claim] })
      const device = {
        ...{ requestNames: ['r'], poolName: 'n', deviceName: 'd' },
        cdiDeviceIds: ['gpu.example.com/gpu=d'],
      }
      const claims = {
        u1: { devices: [device], error: '' },
        u2: { devices: [], error: 'no power' },
      }
      return encodeDriver('AllPrepared', { claims })
    },
    [`${service}/NodeUnprepareResources`]: () => ({ code: status.NOT_FOUND }),
  })
  const front = await plugin(
    join(sockets, 'gpu.example.com-reg.sock'),
    registering({ endpoint }, reported.resolve),
  )
  assert.deepEqual(await reported.promise, { pluginRegistered: true, error: '' })
  await found(() => drivers.find('gpu.example.com') !== undefined)
  const driver = drivers.find('gpu.example.com')
  assert.ok(driver)
  const answers = await driver.prepare([claim], signal)
  assert.deepEqual(
    [...answers],
    [
      [
        'u1',
        {
          devices: [
            {
              ...{ requestNames: ['r'], poolName: 'n', deviceName: 'd' },
              cdiDeviceIds: ['gpu.example.com/gpu=d'],
            },
          ],
        },
      ],
      ['u2', { error: 'no power' }],
    ],
  )
  await assert.rejects(driver.unprepare([claim], signal), {
    message: 'rpc error: code = NotFound desc = no such thing',
  })
  front.forceShutdown()
  await found(() => drivers.find('gpu.example.com') === undefined)
  own.forceShutdown()
})

test('a plugin of another kind, and one of another time, hear that they are not taken', async (context) => {
  const { drivers, sockets } = registry(context)
  const reported: DriverMessages['RegistrationStatus'][] = []
  const report = (status: DriverMessages['RegistrationStatus']) => void reported.push(status)
  const device = await plugin(
    join(sockets, 'device.sock'),
    registering({ type: 'DevicePlugin', endpoint: '/x.sock' }, report),
  )
  await found(() => reported.length === 1)
  const old = await plugin(
    join(sockets, 'old.sock'),
    registering({ supportedVersions: ['v1alpha4.Node'] }, report),
  )
  await found(() => reported.length === 2)
  assert.deepEqual(reported, [
    {
      pluginRegistered: false,
      error:
        'RegisterPlugin error -- no handler registered for plugin type: DevicePlugin at socket /x.sock',
    },
    {
      pluginRegistered: false,
      error:
        'RegisterPlugin error -- plugin registration failed with err: invalid supported gRPC versions of DRA driver plugin gpu.example.com at endpoint : none of services supported by the plugin (["v1alpha4.Node"]) are supported by the kubelet (["v1.DRAPlugin" "v1beta1.DRAPlugin"])',
    },
  ])
  assert.equal(drivers.find('gpu.example.com'), undefined)
  device.forceShutdown()
  old.forceShutdown()
})

/** Sockets are real, and the folder is looked into once a second. */
async function found(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 500) throw new Error('it does not come')
    await systemClock.sleep(20, signal)
  }
}
