import { type CommandContext, type Done, plain } from './builtin.ts'

/** Programs that look at the kernel, or change what it does for the container. */
export const systemCommands = plain({
  hostname: ['hostname [-fis]', hostname],
  ip: ['ip link|addr|route …', ip],
  sysctl: ['sysctl [-n] NAME…', sysctl],
  uname: ['uname', () => ({ status: 0, out: 'Linux\n' })],
})

/** The whole name is the one that the kubelet wrote beside the pod's address. */
function hostname([flag = '']: readonly string[], { world }: CommandContext): Done {
  const lines = (world.files.read('/etc/hosts') ?? '').split('\n')
  const own = lines.map((line) => line.split(/\s+/)).find(([ip]) => ip === world.ip)
  if (/^-\w*i/i.test(flag)) return { status: 0, out: `${world.ip}\n` }
  const name = /^-\w*f/.test(flag) ? (own?.[1] ?? world.hostname) : world.hostname
  return { status: 0, out: `${/^-\w*s/.test(flag) ? name.split('.')[0] : name}\n` }
}

const changing: ReadonlySet<string> = new Set(['add', 'del', 'delete', 'set', 'replace', 'change'])

/** Interfaces can be looked at, and be changed by who has the privilege for it. */
function ip(args: readonly string[], { world }: CommandContext): Done {
  const [object = '', verb = 'show'] = args.filter((arg) => !arg.startsWith('-'))
  if (!/^(l(ink)?|a(ddr|ddress)?|r(oute)?)$/.test(object)) {
    return { status: 255, err: `Object "${object}" is unknown, try "ip help".\n` }
  }
  if (changing.has(verb)) {
    if (world.capabilities.has('NET_ADMIN')) return { status: 0 }
    return { status: 2, err: 'RTNETLINK answers: Operation not permitted\n' }
  }
  if (object.startsWith('r')) {
    return { status: 0, out: `default via ${gatewayOf(world.ip)} dev eth0\n` }
  }
  const lines = ['lo', 'eth0'].flatMap((name, at) => [
    `${at + 1}: ${name}: <UP,LOWER_UP> mtu ${name === 'lo' ? 65_536 : 1500} state UP`,
    ...(object.startsWith('a')
      ? [`    inet ${name === 'lo' ? '127.0.0.1/8' : `${world.ip}/24`} scope global ${name}`]
      : []),
  ])
  return { status: 0, out: `${lines.join('\n')}\n` }
}

function gatewayOf(address: string): string {
  return address.replace(/\.\d{1,3}$/, '.1')
}

/** What a kernel says of itself where nothing else was asked for. */
const usual: Readonly<Record<string, string>> = {
  'kernel.shm_rmid_forced': '0',
  'kernel.msgmax': '8192',
  'net.ipv4.ip_forward': '1',
  'net.ipv4.ip_local_port_range': '32768\t60999',
  'net.ipv4.ip_unprivileged_port_start': '0',
  'net.core.somaxconn': '4096',
  'net.ipv4.ping_group_range': '0\t2147483647',
  'net.ipv4.tcp_syncookies': '1',
  'vm.overcommit_memory': '1',
}

function sysctl(args: readonly string[], { world }: CommandContext): Done {
  const done = { status: 0, out: '', err: '' }
  for (const arg of args.filter((each) => !each.startsWith('-'))) {
    const name = arg.replaceAll('/', '.')
    const value = world.sysctls[name] ?? usual[name]
    if (value === undefined) {
      done.status = 1
      done.err += `sysctl: error: '${arg}' is an unknown key\n`
    } else done.out += args.includes('-n') ? `${value}\n` : `${name} = ${value}\n`
  }
  return done
}
