import { AppBridge, type McpUiHostContext, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

import type {} from "./shown.ts";

/** What a host must send where a page names no domain: "Host Behavior" of the specification. Of them an opaque frame has no 'self'. */
const POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' data:; connect-src 'none'; frame-src 'none'; object-src 'none'; base-uri 'self'";

globalThis.heard = { initialized: [], sizes: [], read: [] };

globalThis.showView = async ({ html, result, theme, variables, reads }) => {
  const frame = document.createElement("iframe");
  frame.id = "app";
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = "width: 100%; height: 200px; border: 0";
  const context = { ...(theme && { theme }), ...(variables && { styles: { variables } }) } as McpUiHostContext;
  const bridge = new AppBridge(null, { name: "test-host", version: "1" }, reads ? { serverResources: {} } : {}, { hostContext: context });
  bridge.onreadresource = async ({ uri }) => {
    heard.read.push(uri);
    return readFromServer(uri);
  };
  bridge.onsizechange = (size) => {
    heard.sizes.push(size);
    if (size.height !== undefined) frame.style.height = `${size.height}px`;
  };
  bridge.oninitialized = async () => {
    heard.initialized.push(bridge.getAppVersion());
    await bridge.sendToolInput({ arguments: {} });
    await bridge.sendToolResult(result);
  };
  globalThis.changeTheme = (changed) => bridge.setHostContext({ ...context, theme: changed });
  globalThis.tearDown = () => bridge.teardownResource({});
  document.body.style.margin = "0";
  document.body.append(frame);
  const window = frame.contentWindow as Window;
  await bridge.connect(new PostMessageTransport(window, window));
  frame.srcdoc = html.replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${POLICY}">`);
};
