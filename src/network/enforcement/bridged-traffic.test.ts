import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeCommands } from '../nftables/command.ts'
import { showBridgedTraffic } from './bridged-traffic.ts'

const signal = new AbortController().signal

/** A machine on which the settings are there only after the module was loaded, if it can be. */
function machine(options: { readonly hasModule: boolean; readonly isLoaded?: boolean }) {
  let isLoaded = options.isLoaded === true
  const ran: string[] = []
  const commands: NodeCommands = {
    run: async (file, args) => {
      ran.push([file, ...args].join(' '))
      if (file === 'modprobe' && !options.hasModule) throw new Error('no such module')
      if (file === 'modprobe') isLoaded = true
      if (file === 'sysctl' && !isLoaded) throw new Error('no such setting')
      return ''
    },
  }
  return { commands, ran }
}

test('settings are turned on for the families of the pods', async () => {
  const { commands, ran } = machine({ hasModule: false, isLoaded: true })
  const cidrs = ['10.244.0.0/16', 'fd00::/48']
  assert.equal(await showBridgedTraffic(commands, cidrs, signal), undefined)
  assert.deepEqual(ran, [
    'sysctl -q -w net.bridge.bridge-nf-call-iptables=1',
    'sysctl -q -w net.bridge.bridge-nf-call-ip6tables=1',
  ])
})

test('the module is loaded where it is not', async () => {
  const { commands, ran } = machine({ hasModule: true })
  assert.equal(await showBridgedTraffic(commands, ['10.244.0.0/16'], signal), undefined)
  assert.equal(ran[1], 'modprobe br_netfilter')
  assert.equal(ran.length, 3)
})

test('it is said why bridged packets pass by, where there is no module', async () => {
  const { commands } = machine({ hasModule: false })
  assert.equal(await showBridgedTraffic(commands, ['10.244.0.0/16'], signal), 'no such module')
})
