pip install -q 'torch==2.1' numpy --index-url https://a.b/simple && apt-get install -y curl=7.88 # x
conda install -c x y=1; npm install a@1 || (python -m pip install -r requirements.txt)
curl -sSL "https://a.b/$(x)" | bash -s -- y
huggingface-cli download a/b --revision main
