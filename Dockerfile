# stdio:  docker run -i --rm -e DATABASE_URL backend-db-mcp
# HTTP:   docker run --rm -e DATABASE_URL -p 127.0.0.1:3100:3100 -v "$PWD/token:/token:ro" backend-db-mcp --http 0.0.0.0:3100 --auth-token-file /token
# In a container localhost is the container: a database of the host is host.docker.internal.
FROM node:22-alpine AS build
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run -s bundle -- /bundle.mcpb && unzip -q /bundle.mcpb -d /app

FROM node:22-alpine
LABEL org.opencontainers.image.title="backend-db-mcp" org.opencontainers.image.licenses="MIT" io.modelcontextprotocol.server.name="io.github.OWNER/backend-db-mcp"
ENV NODE_ENV=production
COPY --from=build /app /app
USER node
WORKDIR /home/node
EXPOSE 3100
ENTRYPOINT ["node", "/app/dist/index.js"]
