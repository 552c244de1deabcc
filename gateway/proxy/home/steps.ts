import { say, type Text } from '@zhongheng/domain/shared/problem.ts'
import { homeName } from './facts.ts'

/** Instructions for one kind of client: what to do, in order. `code` is typed as it stands. */
export type Steps = {
  readonly name: Text
  readonly steps: readonly { readonly text: Text; readonly code?: string }[]
}

/** How the engagement's CA becomes trusted. `file` is the PEM's name as downloaded. */
export const trustSteps = (file: string): readonly Steps[] => [
  {
    name: say('Windows', 'Windows'),
    steps: [
      {
        text: say('下载 DER 证书，导入当前用户的受信任根', 'Download the DER file and import it for the current user'),
        code: `certutil -user -addstore Root ${file}.crt`,
      },
    ],
  },
  {
    name: say('macOS', 'macOS'),
    steps: [
      {
        text: say('安装描述文件，或在终端执行', 'Install the profile, or run in a terminal'),
        code: `security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${file}.crt`,
      },
    ],
  },
  {
    name: say('iPhone 与 iPad', 'iPhone and iPad'),
    steps: [
      {
        text: say(
          '在 Safari 中打开描述文件并于“设置”中安装，再到“通用 → 关于本机 → 证书信任设置”中启用完全信任',
          'Open the profile in Safari and install it in Settings, then switch on full trust under General → About → Certificate Trust Settings',
        ),
      },
    ],
  },
  {
    name: say('Android', 'Android'),
    steps: [
      {
        text: say(
          '在“安全 → 加密与凭据 → 安装证书 → CA 证书”中选择 DER 文件。Android 7 起，应用默认不信任用户证书：浏览器可用，应用须为测试版本',
          'Choose the DER file under Security → Encryption and credentials → Install a certificate → CA certificate. Since Android 7 apps do not trust such certificates by default: browsers work, an app needs a build for testing',
        ),
      },
    ],
  },
  {
    name: say('Linux（Debian、Ubuntu）', 'Linux (Debian, Ubuntu)'),
    steps: [
      {
        text: say('以 root 执行', 'As root'),
        code: `cp ${file}.pem /usr/local/share/ca-certificates/${file}.crt && update-ca-certificates`,
      },
    ],
  },
  {
    name: say('Firefox', 'Firefox'),
    steps: [
      {
        text: say(
          '设置 → 隐私与安全 → 证书 → 查看证书 → 证书颁发机构 → 导入，选择 PEM 文件，勾选用于网站',
          'Settings → Privacy & Security → Certificates → View Certificates → Authorities → Import, choose the PEM file, tick the use for websites',
        ),
      },
    ],
  },
  {
    name: say('命令行与程序语言', 'Command line and languages'),
    steps: [
      { text: say('curl', 'curl'), code: `curl --cacert ${file}.pem …` },
      { text: say('Python requests', 'Python requests'), code: `export REQUESTS_CA_BUNDLE=$PWD/${file}.pem` },
      { text: say('Node.js', 'Node.js'), code: `export NODE_EXTRA_CA_CERTS=$PWD/${file}.pem` },
      {
        text: say('Java', 'Java'),
        code: `keytool -importcert -noprompt -alias zhongheng -file ${file}.pem -cacerts -storepass changeit`,
      },
    ],
  },
]

/** How a client sends its traffic through the gateway. */
export const proxySteps = (host: string, port: string, name: string): readonly Steps[] => [
  {
    name: say('Burp Suite', 'Burp Suite'),
    steps: [
      {
        text: say(
          'Settings → Network → Connections → Upstream proxy servers → Add：目标主机 *，代理主机与端口如下，Authentication 选 Basic，填代理账号与密钥。浏览器信任的是 Burp 的 CA；本网关的 CA 由 Burp 所在的机器信任即可',
          'Settings → Network → Connections → Upstream proxy servers → Add: destination host *, proxy host and port as below, authentication Basic with the proxy name and secret. The browser trusts Burp’s CA; the gateway’s CA need only be trusted by the machine that Burp runs on',
        ),
        code: `${host}  ${port}`,
      },
    ],
  },
  {
    name: say('ZAP', 'ZAP'),
    steps: [
      {
        text: say(
          'Tools → Options → Network → Connection → HTTP Proxy：启用，并勾选 Authentication',
          'Tools → Options → Network → Connection → HTTP Proxy: enable it and tick Authentication',
        ),
        code: `${host}  ${port}`,
      },
    ],
  },
  {
    name: say('浏览器', 'Browsers'),
    steps: [
      {
        text: say(
          '把系统或浏览器的自动代理配置地址设为下面的地址；第一个请求会询问代理账号与密钥',
          'Set the system’s or browser’s automatic proxy address to the one below; the first request asks for the proxy name and secret',
        ),
        code: `http://${host}:${port}/proxy.pac`,
      },
    ],
  },
  {
    name: say('命令行', 'Command line'),
    steps: [
      {
        text: say('curl', 'curl'),
        code: `curl -x http://${host}:${port} -U ${name} https://${homeName}/check`,
      },
      {
        text: say('多数工具读环境变量', 'Most tools read the environment'),
        code: `export https_proxy=http://${name}:SECRET@${host}:${port} http_proxy=http://${name}:SECRET@${host}:${port}`,
      },
      {
        text: say('sqlmap', 'sqlmap'),
        code: `sqlmap --proxy=http://${host}:${port} --proxy-cred=${name}:SECRET -u …`,
      },
      {
        text: say(
          '不支持代理的工具：proxychains4 的配置行',
          'Tools without a proxy setting: the line for proxychains4',
        ),
        code: `socks5 ${host} ${port} ${name} SECRET`,
      },
    ],
  },
  {
    name: say('手机', 'Phones'),
    steps: [
      {
        text: say(
          'Wi-Fi → 本网络 → 代理：手动，填主机与端口，并填写账号与密钥',
          'Wi-Fi → this network → proxy: manual, host and port, with the name and secret',
        ),
        code: `${host}  ${port}`,
      },
    ],
  },
]
